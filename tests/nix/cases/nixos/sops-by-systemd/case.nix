{
  systemd.sysusers.enable = true;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
