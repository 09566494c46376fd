{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles.yaml;
    defaultProfile = "ci";
    services.billing = {
      profile = "ci";
      shared = false;
    };
  };
}
