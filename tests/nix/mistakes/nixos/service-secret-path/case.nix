{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets."github token" = {
      file = ../../../cases/secrets/tokens.yaml;
      key = "github_token";
    };
    services.billing.secrets = [ "github token" ];
  };
}
