{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    variables.AWS_NOTE = "a\nb";
  };
}
