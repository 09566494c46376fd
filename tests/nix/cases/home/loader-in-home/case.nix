{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.path = "/home/dev/.local/share/aws/load.sh";
  };
}
