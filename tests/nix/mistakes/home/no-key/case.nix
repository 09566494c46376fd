{ lib, ... }:
{
  sops.age.keyFile = lib.mkForce null;
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
