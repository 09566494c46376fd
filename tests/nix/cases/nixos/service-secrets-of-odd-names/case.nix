{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    secrets."t:100%n-token" = {
      file = ../../secrets/tokens.yaml;
      key = "github_token";
    };
    services.billing.secrets = [ "t:100%n-token" ];
  };
}
