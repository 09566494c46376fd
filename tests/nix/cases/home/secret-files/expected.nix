{ exactly, ... }:
{
  sops.secrets = {
    aws_region = {
      mode = "0400";
      key = "aws_region";
      format = "yaml";
      path = "/home/dev/.config/sops-nix/secrets/aws_region";
    };
    aws_bedrock_model_id.key = "bedrock/model_id";
    github_token = {
      mode = "0400";
      key = "github_token";
    };
  };
  credsmith.resolved.manifest.profiles.default.files.GITHUB_TOKEN = exactly "github_token";
}
