{ pkgs, ... }:
{
  services.openssh.enable = true;

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    health = {
      enable = true;
      interval = "hourly";
      onFailure = [ "notify-admin.service" ];
    };
  };

  systemd.services.notify-admin.script = ''
    ${pkgs.util-linux}/bin/wall </run/credsmith/health.txt
  '';
}
