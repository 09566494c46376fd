{ absent, ... }:
{
  users.groups.credsmith = absent;
  users.groups.aws.members = [ "dev" ];
  sops.secrets.aws_secret_access_key = {
    group = "aws";
    owner = "root";
    mode = "0440";
  };
}
