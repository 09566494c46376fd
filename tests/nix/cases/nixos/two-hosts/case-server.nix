{
  networking.hostName = "server";
  users.users.deploy.isNormalUser = true;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
    profiles = [ "production" ];
    users = [ "deploy" ];
  };
}
