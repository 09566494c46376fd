{
  nixpkgs.hostPlatform = "aarch64-darwin";
  system.stateVersion = 6;

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    users = [ "dev" ];
  };
}
