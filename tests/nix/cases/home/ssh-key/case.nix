{ lib, ... }:
{
  sops.age.keyFile = lib.mkForce null;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    sshHostKeys = [ "/home/dev/.ssh/id_ed25519" ];
  };
}
