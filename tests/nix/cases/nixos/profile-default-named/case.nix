# As the guide has it: the default profile stands beside the others.
{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
  };
}
