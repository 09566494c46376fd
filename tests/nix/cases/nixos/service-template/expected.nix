{ has, ... }:
{
  systemd.services = {
    "worker@" = {
      wants = has [ "credsmith-service-worker-at-.service" ];
      serviceConfig.LoadCredential = has [
        "credsmith-credentials:/run/credsmith.d/worker@/credentials"
      ];
    };
    credsmith-service-worker-at-.serviceConfig.RemainAfterExit = true;
  };
}
