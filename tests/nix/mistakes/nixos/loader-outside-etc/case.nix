{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    loader.path = "/opt/aws/load.sh";
  };
}
