{ absent, exactly, ... }:
{
  systemd.services.bot = {
    environment = {
      CLAUDE_OAUTH_TOKEN_FILE = "%d/claude-oauth_token";
      AWS_SHARED_CREDENTIALS_FILE = absent;
      CLAUDE_CODE_USE_BEDROCK = absent;
    };
    serviceConfig.LoadCredential = exactly [
      "claude-oauth_token:/run/secrets/claude/oauth_token"
    ];
  };
  sops.secrets."claude/oauth_token".restartUnits = [ "credsmith-service-bot.service" ];
}
