{ has, ... }:
{
  systemd.services.billing.serviceConfig = {
    LoadCredential = has [
      "tls:/var/lib/tls/key"
      "credsmith-config:/run/credsmith.d/billing/config"
    ];
    EnvironmentFile = has [
      "/etc/billing.env"
      "-/run/credsmith.d/billing/environment"
    ];
  };
}
