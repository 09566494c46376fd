{
  sops.defaultSymlinkPath = "/home/dev/.secrets";
  sops.defaultSecretsMountPoint = "/run/memory/100%%/%r/it's";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
