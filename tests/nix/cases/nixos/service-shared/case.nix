# One service that shares a profile is enough; the host's default profile is shared as it is.
{
  systemd.services = {
    billing.script = "true";
    ledger.script = "true";
    report.script = "true";
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/profiles.yaml;
    defaultProfile = "claude";
    services = {
      billing.profile = "ci";
      ledger = {
        profile = "ci";
        shared = true;
      };
      report.profile = "claude";
    };
  };
}
