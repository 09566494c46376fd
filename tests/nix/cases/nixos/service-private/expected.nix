{ names, ... }:
let
  roots = {
    owner = "root";
    group = "root";
  };
  ofGroup = {
    owner = "root";
    group = "credsmith";
    mode = "0440";
  };
in
{
  sops.secrets = {
    aws_ci_access_key_id = roots // {
      mode = "0400";
      restartUnits = [ "credsmith-service-billing.service" ];
    };
    aws_ci_secret_access_key = roots // {
      mode = "0400";
    };
    aws_ci_region = roots // {
      mode = "0400";
    };
    github_token = roots;
    "claude/oauth_token" = ofGroup;
    npm_token = ofGroup;
    aws_access_key_id = ofGroup;
    aws_claude_secret_access_key = ofGroup;
  };
  credsmith.resolved.manifest.profiles = names [
    "claude"
    "default"
  ];
}
