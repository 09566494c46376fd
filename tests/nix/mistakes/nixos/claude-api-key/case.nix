{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/api-key.yaml;
    claude.enable = true;
  };
}
