{
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.env";
    profiles = [ "default" ];
  };
}
