{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/names.yaml;
  };
}
