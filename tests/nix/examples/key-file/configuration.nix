{
  users.users.dev.isNormalUser = true;

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt"; # a string: a Nix path would put the key in the store
    sshHostKeys = [ ];
    users = [ "dev" ];
  };
}
