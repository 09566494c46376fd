{ contains, ... }:
{
  sops.age = {
    keyFile = "/var/lib/sops-nix/key.txt";
    sshKeyPaths = [ ];
    generateKey = false;
  };
  system.build.sops-nix-manifest.text = contains ''"ageKeyFile":"/var/lib/sops-nix/key.txt"'';
}
