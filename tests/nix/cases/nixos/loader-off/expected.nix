{ exactly, ... }:
{
  environment.etc = exactly { };
  sops.secrets.aws_access_key_id.group = "credsmith";
}
