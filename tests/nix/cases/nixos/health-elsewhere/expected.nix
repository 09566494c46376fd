{ absent, ... }:
{
  users.users.credsmith-health = absent;
  systemd = {
    services.credsmith-verify.serviceConfig = {
      User = "monitoring";
      Group = "credsmith";
      ReadWritePaths = [ "/var/lib/monitoring/credsmith" ];
      RuntimeDirectory = absent;
    };
    tmpfiles.settings.credsmith-health."/var/lib/monitoring/credsmith".d = {
      mode = "0755";
      user = "monitoring";
      group = "credsmith";
    };
  };
}
