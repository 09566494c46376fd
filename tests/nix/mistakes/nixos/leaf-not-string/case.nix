{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/number.yaml;
  };
}
