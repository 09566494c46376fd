{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.enable = false;
  };
}
