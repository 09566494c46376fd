{
  environment.etc."load-aws-bedrock.sh".text = "export AWS_REGION=us-east-1";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
