{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/both-defaults.yaml;
  };
}
