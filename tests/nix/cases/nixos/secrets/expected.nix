{
  sops.secrets = {
    github_token = {
      sopsFile = ../../secrets/tokens.yaml;
      key = "github_token";
      owner = "root";
      group = "credsmith";
      mode = "0440";
    };
    claude_token = {
      key = "claude/oauth_token";
      owner = "nginx";
      group = "nginx";
      mode = "0400";
      restartUnits = [ "nginx.service" ];
    };
  };
  credsmith.resolved.manifest.profiles.default.files = {
    GITHUB_TOKEN = "github_token";
    AWS_REGION = "aws_region";
  };
}
