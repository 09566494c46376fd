{
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "ci" ];
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    users = [ "dev" ];
  };
}
