{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles-text.yaml;
  };
}
