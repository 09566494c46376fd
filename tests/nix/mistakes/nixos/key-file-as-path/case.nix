{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    ageKeyFile = ./case.nix;
  };
}
