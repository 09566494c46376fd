{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/production.yaml;
    defaultProfile = "prodution";
  };
}
