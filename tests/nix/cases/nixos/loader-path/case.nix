{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.path = "/etc/aws/load.sh";
  };
}
