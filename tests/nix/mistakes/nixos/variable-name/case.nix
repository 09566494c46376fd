{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    variables."AWS-REGION" = "x";
  };
}
