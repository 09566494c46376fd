{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    generateKey = true;
  };
}
