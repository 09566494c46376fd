{ lacks, ... }:
{
  credsmith.resolved.manifest = {
    unset = lacks "ANTHROPIC_BEDROCK_AWS_REGION";
    profiles.default.files = {
      ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID = "aws_access_key_id";
      ANTHROPIC_BEDROCK_AWS_SECRET_ACCESS_KEY = "aws_secret_access_key";
      ANTHROPIC_BEDROCK_AWS_REGION = "aws_region";
    };
  };
}
