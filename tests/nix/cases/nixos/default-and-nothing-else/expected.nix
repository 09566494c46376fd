{ names, exactly, ... }:
{
  sops.secrets = names [
    "aws_access_key_id"
    "aws_bedrock_endpoint"
    "aws_bedrock_model_id"
    "aws_region"
    "aws_secret_access_key"
  ];
  sops.templates = exactly { };
  environment.etc = names [
    "load-aws-bedrock.fish"
    "load-aws-bedrock.sh"
  ];
  environment.variables = exactly { };
  environment.sessionVariables = exactly { };
  users.groups.credsmith.members = exactly [ ];
  systemd.timers = exactly { };
}
