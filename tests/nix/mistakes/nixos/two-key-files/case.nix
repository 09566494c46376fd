{
  sops.age.keyFile = "/etc/age/key.txt";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
  };
}
