# Nothing is left for a loader.
{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/production.yaml;
    users = [ "dev" ];
    services.billing.profile = "production";
  };
}
