{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles.yaml;
    profiles = [
      "ci"
      "claude"
    ];
    services.billing = { };
  };
}
