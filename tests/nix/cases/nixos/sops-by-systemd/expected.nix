{ absent, has, ... }:
{
  systemd.services.sops-install-secrets = {
    wantedBy = [ "sysinit.target" ];
    before = has [
      "sysinit.target"
      "sysinit-reactivation.target"
    ];
  };
  system.activationScripts.setupSecrets = absent;
}
