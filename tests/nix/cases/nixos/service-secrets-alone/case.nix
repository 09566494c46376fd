# No AWS credentials at all, and a secret with a folder in its name.
{
  systemd.services.bot.script = "true";
  credsmith = {
    enable = true;
    secrets."claude/oauth_token" = {
      file = ../../secrets/tokens.yaml;
      owner = "root";
    };
    services.bot.secrets = [ "claude/oauth_token" ];
  };
}
