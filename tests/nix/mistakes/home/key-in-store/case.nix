{ lib, ... }:
{
  sops.age.keyFile = lib.mkForce ../../../cases/secrets/default.yaml;
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
