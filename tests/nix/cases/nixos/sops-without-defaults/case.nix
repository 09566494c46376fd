# Without a default file of the host's there is still none.
{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
