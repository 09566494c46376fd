{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/absent.yaml;
  };
}
