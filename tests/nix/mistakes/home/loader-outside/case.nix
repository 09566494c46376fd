{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    loader.path = "/etc/load-aws-bedrock.sh";
  };
}
