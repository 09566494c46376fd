{
  systemd.services.billing = {
    script = "true";
    serviceConfig.DynamicUser = true;
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/production.yaml;
    secrets.github_token.file = ../../secrets/tokens.yaml;
    services.billing = {
      profile = "production";
      secrets = [ "github_token" ];
    };
  };
}
