# Another folder, another user, one profile of two.
{
  users.users.monitoring = {
    isSystemUser = true;
    group = "monitoring";
  };
  users.groups.monitoring = { };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/profiles.yaml;
    profiles = [
      "ci"
      "default"
    ];
    health = {
      enable = true;
      profiles = [ "default" ];
      user = "monitoring";
      directory = "/var/lib/monitoring/credsmith";
    };
  };
}
