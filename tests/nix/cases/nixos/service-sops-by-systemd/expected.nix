{ exactly, has, ... }:
{
  systemd.services = {
    sops-install-secrets.before = has [ "sysinit.target" ];
    billing = {
      after = has [ "sops-install-secrets.service" ];
      requires = exactly [ ];
    };
  };
}
