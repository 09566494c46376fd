{ contains, ... }:
{
  system.activationScripts.credsmith-age-key = contains "/bin/age-keygen -o /var/lib/sops-nix/key.txt";
}
