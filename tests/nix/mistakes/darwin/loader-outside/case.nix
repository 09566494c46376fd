{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    loader.path = "/usr/local/load.sh";
  };
}
