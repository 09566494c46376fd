{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    variables.AWS_REGION = "eu-central-1";
  };
}
