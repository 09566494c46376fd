{
  description = "Stands in for nixpkgs where there is none: its real lib, and this machine's programs";

  # Both are given with --override-input (tests/support/nix.ts): nixpkgs' lib, and a folder with
  # programs.json, which says where on this machine each program is.
  inputs = {
    nixpkgs-lib = {
      url = "path:/nixpkgs-lib";
      flake = false;
    };
    machine = {
      url = "path:/machine";
      flake = false;
    };
  };

  outputs =
    {
      self,
      nixpkgs-lib,
      machine,
    }:
    let
      lib = import (nixpkgs-lib + "/lib");
      programs = lib.importJSON (machine + "/programs.json");
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs systems (system: import self { inherit lib system programs; });
    };
}
