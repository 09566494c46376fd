{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/nested.json;
  };
}
