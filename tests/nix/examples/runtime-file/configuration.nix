{
  services.openssh.enable = true;
  users.users.dev.isNormalUser = true;

  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "default" ];
    users = [ "dev" ];
  };
}
