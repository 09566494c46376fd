{
  sops.secrets = {
    aws_claude_access_key_id.key = "profiles/claude/access_key_id";
    aws_claude_secret_access_key.key = "profiles/claude/secret_access_key";
    aws_claude_region.key = "profiles/claude/region";
    aws_claude_bedrock_model_id.key = "profiles/claude/model_id";
    aws_claude_bedrock_small_model_id.key = "profiles/claude/small_model_id";
  };
}
