{ exactly, ... }:
{
  sops.age.sshKeyPaths = exactly [ "/home/dev/.ssh/id_ed25519" ];
}
