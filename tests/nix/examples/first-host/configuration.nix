{
  networking.hostName = "first";
  services.openssh.enable = true;
  users.users.dev.isNormalUser = true;

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    users = [ "dev" ];
  };
}
