{ absent, ... }:
{
  environment.etc = {
    "load-aws-bedrock.sh" = absent;
    "load-aws-bedrock.fish" = absent;
  };
  credsmith.resolved = {
    loader = null;
    defaultProfile = null;
  };
  sops.secrets.aws_production_secret_access_key = {
    group = "root";
    mode = "0400";
  };
}
