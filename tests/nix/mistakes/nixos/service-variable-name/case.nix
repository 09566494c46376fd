{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets."2fa" = {
      file = ../../../cases/secrets/tokens.yaml;
      key = "github_token";
    };
    services.billing.secrets = [ "2fa" ];
  };
}
