{ names, ... }:
{
  sops.secrets = names [
    "aws_access_key_id"
    "aws_region"
    "aws_secret_access_key"
  ];
  credsmith.resolved.secrets.aws_region = {
    format = "json";
    key = "aws_region";
  };
}
