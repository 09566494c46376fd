{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    group = "staff";
    ageKeyFile = "/var/lib/sops-nix/key.txt";
  };
}
