{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    services.biling = { };
  };
}
