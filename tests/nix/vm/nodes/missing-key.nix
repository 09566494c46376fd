# A host whose identity was not put in place before its first boot.
{
  users.users.dev.isNormalUser = true;

  credsmith = {
    enable = true;
    secretsFile = ../../../../secrets/aws.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    users = [ "dev" ];
  };
}
