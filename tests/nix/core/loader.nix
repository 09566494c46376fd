# Loaders built from manifests: `cases` is a JSON file with { NAME: { manifest; defaultProfile; } }.
{
  lib,
  pkgs,
  root,
  cases,
  ...
}:

let
  own = import (root + "/modules/lib") { inherit lib; };
in
lib.mapAttrs (
  name:
  { manifest, defaultProfile }:
  own.mkLoader {
    inherit
      name
      pkgs
      manifest
      defaultProfile
      ;
  }
) (lib.importJSON cases)
