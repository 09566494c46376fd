{
  services.openssh.enable = false;
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "default" ];
  };
}
