# A host that is switched to a secrets file with other values, and a service that uses them.
{ lib, ... }:
{
  imports = [ ./service.nix ];

  specialisation.rotated.configuration.credsmith.secretsFile = lib.mkForce ../rotated.yaml;
}
