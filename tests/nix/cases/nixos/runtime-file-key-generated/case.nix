{
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "default" ];
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    generateKey = true;
  };
}
