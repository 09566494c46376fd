{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/profiles.yaml;
    health = {
      enable = true;
      interval = "daily";
      onFailure = [ "notify.service" ];
    };
  };
}
