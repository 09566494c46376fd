# NixOS VM tests, { vm-<scenario> = derivation; … }: one scenario a file.
{
  pkgs,
  # nixosModules.default, homeModules.default
  nixosModule,
  homeModule,
}:
pkgs.lib.mapAttrs' (
  name: file:
  pkgs.lib.nameValuePair "vm-${name}" (
    pkgs.testers.runNixOSTest (import file { inherit nixosModule homeModule; } // { inherit name; })
  )
) (import ./scenarios.nix)
