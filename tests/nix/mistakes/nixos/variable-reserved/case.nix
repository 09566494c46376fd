{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    variables.PATH = "/bin";
  };
}
