# One unit renders for all instances.
{
  systemd.services."worker@".serviceConfig.ExecStart = "/bin/true";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    services."worker@" = { };
  };
}
