{
  sops.defaultSymlinkPath = "%r/secrets";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
