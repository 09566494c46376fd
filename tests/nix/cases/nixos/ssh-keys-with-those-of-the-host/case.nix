{
  sops.age.sshKeyPaths = [ "/etc/ssh/other_ed25519_key" ];
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    sshHostKeys = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
  };
}
