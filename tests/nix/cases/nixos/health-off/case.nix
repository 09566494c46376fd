{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
