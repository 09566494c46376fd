{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/without-metadata.yaml;
  };
}
