{
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/my secrets/100%n.yaml";
    ageKeyFile = "/var/lib/my keys/key.txt";
    profiles = [ "default" ];
  };
}
