{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    services.billing.secrets = [ "github_token" ];
  };
}
