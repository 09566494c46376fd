{
  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    users = [ "dev" ];
    loader.autoLoad.bash = true;
  };

  services.openssh.enable = true;
  users.users.dev.isNormalUser = true;
}
