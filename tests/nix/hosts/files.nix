# The type of `environment.etc` and its like: files with a text or a source.
{ lib, pkgs }:
{
  # Options that a platform has beyond these.
  more ? { },
}:
let
  inherit (lib) mkOption types;
in
mkOption {
  type = types.attrsOf (
    types.submodule (
      {
        name,
        config,
        options,
        ...
      }:
      {
        options = {
          enable = mkOption {
            type = types.bool;
            default = true;
          };
          target = mkOption {
            type = types.str;
            default = name;
          };
          text = mkOption {
            type = types.nullOr types.lines;
            default = null;
          };
          source = mkOption { type = types.path; };
        }
        // more config;
        config.source = lib.mkIf (config.text != null) (
          lib.mkDerivedConfig options.text (pkgs.writeText "etc-${baseNameOf name}")
        );
      }
    )
  );
  default = { };
  description = "Files that the host has at a place that is given.";
}
