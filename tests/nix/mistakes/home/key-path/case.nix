{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    ageKeyFile = ../../../cases/secrets/default.yaml;
  };
}
