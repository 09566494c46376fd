{
  sops.useSystemdActivation = true;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
