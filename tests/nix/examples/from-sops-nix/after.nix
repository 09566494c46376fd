{
  sops.defaultSopsFile = ./secrets/aws.yaml;
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    users = [ "dev" ];
  };

  users.users.dev.isNormalUser = true;
}
