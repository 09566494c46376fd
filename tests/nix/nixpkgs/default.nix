# The part of nixpkgs' package set that credsmith and sops-nix ask for, over this machine's programs.
# It follows nixpkgs' interfaces; what it builds is for tests alone. Needs a Nix without a sandbox.
#
#   import ./tests/nix/nixpkgs { lib = import <inputs>/nixpkgs-lib/lib; }
{
  # nixpkgs' own
  lib,
  system ? builtins.currentSystem,
  # where each program is, { bash = "/usr/bin/bash"; … }; found on PATH where it is not given
  programs ? null,
  overlays ? [ ],
  # taken and not used, as nixpkgs' callers give them
  config ? { },
}:
let
  onPath =
    let
      folders = lib.filter (lib.hasPrefix "/") (lib.splitString ":" (builtins.getEnv "PATH")) ++ [
        "/usr/bin"
        "/bin"
      ];
    in
    name: lib.findFirst builtins.pathExists null (map (folder: "${folder}/${name}") folders);
  where = name: if programs == null then onPath name else programs.${name} or null;

  base =
    final:
    {
      inherit lib config system;
      pkgs = final;
      path = ./.;

      stdenv = import ./stdenv.nix { inherit lib system where; };
      stdenvNoCC = final.stdenv;
      inherit (final.stdenv) hostPlatform buildPlatform targetPlatform;
      buildPackages = final;
      pkgsBuildBuild = final;
      pkgsBuildHost = final;
      pkgsHostTarget = final;

      callPackage = lib.callPackageWith final;
      callPackages = lib.callPackagesWith final;
      newScope = extra: lib.callPackageWith (final // extra);
      extend = overlay: set (overlays ++ [ overlay ]);
      appendOverlays = more: set (overlays ++ more);
    }
    // import ./builders.nix { inherit lib final; }
    // import ./programs.nix { inherit lib final where; };

  set = overlays: lib.fix (lib.extends (lib.composeManyExtensions overlays) base);
in
set overlays
