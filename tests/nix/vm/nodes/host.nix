# A host with the demo's secrets file: two users, of whom one may read.
{
  imports = [ ./identity.nix ];

  users.users = {
    dev.isNormalUser = true;
    other.isNormalUser = true;
  };

  credsmith = {
    enable = true;
    secretsFile = ../../../../secrets/aws.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    users = [ "dev" ];
  };
}
