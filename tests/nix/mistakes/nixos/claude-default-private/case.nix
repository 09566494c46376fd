{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles.yaml;
    claude.enable = true;
    services.billing.shared = false;
  };
}
