{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    sshHostKeys = [ ./case.nix ];
  };
}
