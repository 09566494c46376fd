{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    health = {
      enable = true;
      interval = "*-*-* 06:00:00";
      onFailure = [ "notify-admin.service" ];
    };
  };
}
