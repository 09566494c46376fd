{
  environment.etc.mine = {
    target = "load-aws-bedrock.fish";
    text = "set -gx AWS_REGION us-east-1";
  };
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
