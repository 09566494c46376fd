{
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
  };
}
