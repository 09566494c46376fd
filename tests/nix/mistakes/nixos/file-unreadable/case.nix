{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/flow.yaml;
  };
}
