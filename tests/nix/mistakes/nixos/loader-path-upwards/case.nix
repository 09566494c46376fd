{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    loader.path = "/etc/../root/load.sh";
  };
}
