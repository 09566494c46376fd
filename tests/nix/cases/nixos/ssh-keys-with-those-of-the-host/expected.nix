{ has, ... }:
{
  sops.age.sshKeyPaths = has [
    "/etc/ssh/other_ed25519_key"
    "/persist/etc/ssh/ssh_host_ed25519_key"
  ];
}
