{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    health = {
      enable = true;
      directory = "/run/secrets/health";
    };
  };
}
