{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.olderNames = true;
  };
}
