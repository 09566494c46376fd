{ contains, has, ... }:
{
  sops.age.generateKey = true;
  system.activationScripts = {
    generate-age-key.text = contains "age-keygen -o /var/lib/sops-nix/key.txt";
    setupSecrets.deps = has [ "generate-age-key" ];
  };
}
