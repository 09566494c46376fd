{
  sops.age.keyFile = ./case.nix;
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
