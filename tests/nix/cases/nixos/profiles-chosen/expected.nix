{ names, ... }:
{
  sops.secrets = names [
    "aws_ci_access_key_id"
    "aws_ci_region"
    "aws_ci_secret_access_key"
    "aws_ci_session_token"
  ];
  credsmith.resolved.defaultProfile = "ci";
}
