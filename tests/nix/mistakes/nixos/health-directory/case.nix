{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    health = {
      enable = true;
      # tmpfiles would give it to the user who checks.
      directory = "/run";
    };
  };
}
