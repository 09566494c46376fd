{ lib, that, ... }:
{
  systemd.services.sops-install-secrets.serviceConfig.ExecStart =
    that "the program in front of sops-install-secrets"
      (commands: lib.all (lib.hasInfix "-or-the-rest/bin/sops-install-secrets ") commands);
}
