{ exactly, ... }:
{
  users.knownGroups = exactly [ ];
  users.groups = exactly { };
  sops.secrets.aws_region.group = "staff";
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
}
