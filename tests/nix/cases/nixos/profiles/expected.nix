{ names, exactly, ... }:
{
  sops.secrets = names [
    "aws_access_key_id"
    "aws_ci_access_key_id"
    "aws_ci_region"
    "aws_ci_secret_access_key"
    "aws_ci_session_token"
    "aws_claude_access_key_id"
    "aws_claude_bedrock_model_id"
    "aws_claude_bedrock_small_model_id"
    "aws_claude_region"
    "aws_claude_secret_access_key"
    "aws_region"
    "aws_secret_access_key"
  ];
  credsmith.resolved = {
    manifest.profiles.ci.files = exactly {
      AWS_ACCESS_KEY_ID = "aws_ci_access_key_id";
      AWS_SECRET_ACCESS_KEY = "aws_ci_secret_access_key";
      AWS_SESSION_TOKEN = "aws_ci_session_token";
      AWS_REGION = "aws_ci_region";
      AWS_DEFAULT_REGION = "aws_ci_region";
    };
    lifecycle.default = {
      created = "2026-10-01";
      rotateBy = "2026-12-30";
    };
  };
}
