# Credentials and environment files of the unit's own stay, where they are lists.
{
  systemd.services.billing = {
    script = "true";
    serviceConfig = {
      LoadCredential = [ "tls:/var/lib/tls/key" ];
      EnvironmentFile = [ "/etc/billing.env" ];
    };
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    services.billing = { };
  };
}
