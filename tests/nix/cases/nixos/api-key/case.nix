{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/api-key.yaml;
    services.billing.shared = true;
  };
}
