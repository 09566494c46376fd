{ names, ... }:
{
  sops.secrets = names [
    "aws_production_access_key_id"
    "aws_production_region"
    "aws_production_secret_access_key"
  ];
  users.groups.credsmith.members = [ "deploy" ];
}
