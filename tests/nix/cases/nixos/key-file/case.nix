{
  services.openssh.enable = false;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
  };
}
