{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/no-secret.yaml;
  };
}
