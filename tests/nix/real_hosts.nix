# Systems with the real sops-nix and the real sops-install-secrets.
{
  lib,
  pkgs,
  sopsNix,
  # The program, built from that sops-nix.
  program,
}:
let
  hosts = import ./hosts {
    inherit lib pkgs;
    inherit sopsNix;
  };
  system = import ./system.nix { inherit lib pkgs; };
  sops-install-secrets = import ./sops_install_secrets.nix { inherit pkgs program; };
in
# A name and modules to what `system.nix` makes of them.
name: modules:
system name
  (hosts.nixos (
    [
      ../../modules/nixos.nix
      { sops.package = lib.mkOverride 900 sops-install-secrets; }
    ]
    ++ modules
  )).config
