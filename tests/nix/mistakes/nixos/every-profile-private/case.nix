{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/production.yaml;
    health.enable = true;
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      variable = "GITHUB_TOKEN";
    };
    services.billing.profile = "production";
  };
}
