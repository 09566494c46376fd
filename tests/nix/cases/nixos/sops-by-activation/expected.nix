{ absent, contains, ... }:
{
  systemd.services.sops-install-secrets = absent;
  system.activationScripts.setupSecrets.text = contains "/bin/sops-install-secrets ";
  system.build.sops-nix-manifest.text = contains ''"keepGenerations":2'';
}
