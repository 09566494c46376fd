# A profile that only a service gets is root's, and the loader does not have it; nor is a secret that
# only a service lists for the group.
{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/profiles.yaml;
    users = [ "dev" ];
    health.enable = true;
    secrets = {
      github_token.file = ../../secrets/tokens.yaml;
      "claude/oauth_token" = {
        file = ../../secrets/tokens.yaml;
        variable = "CLAUDE_CODE_OAUTH_TOKEN";
      };
      npm_token = {
        file = ../../secrets/tokens.yaml;
        key = "github_token";
        group = "credsmith";
      };
    };
    services.billing = {
      profile = "ci";
      secrets = [
        "github_token"
        "claude/oauth_token"
        "npm_token"
      ];
    };
  };
}
