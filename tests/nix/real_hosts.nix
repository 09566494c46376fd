# Systems with the real sops-nix and the real sops-install-secrets.
#
#   { name = the system of a list of modules; … }
{
  # The folder with nixpkgs-lib and sops-nix.
  inputs,
  # The program sops-install-secrets, built from that sops-nix.
  program,
}:
let
  lib = import (inputs + "/nixpkgs-lib/lib");
  pkgs = import ./nixpkgs { inherit lib; };
  hosts = import ./hosts {
    inherit lib pkgs;
    sops-nix = inputs + "/sops-nix";
  };
  system = import ./system.nix { inherit lib pkgs; };
  real.sops.package = lib.mkForce (
    pkgs.runCommandLocal "sops-install-secrets" { } ''
      mkdir -p $out/bin
      cp ${program} $out/bin/sops-install-secrets
    ''
  );
in
lib.mapAttrs (
  name: modules:
  system name
    (hosts.nixos (
      [
        ../../modules/nixos.nix
        real
      ]
      ++ modules
    )).config
)
