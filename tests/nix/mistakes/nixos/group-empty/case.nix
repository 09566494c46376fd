{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    group = "";
  };
}
