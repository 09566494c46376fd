# What NixOS and nix-darwin have alike of `environment`.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.environment = {
    systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "What is on everybody's PATH.";
    };
    pathsToLink = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Folders of packages that /run/current-system/sw has.";
    };
    variables = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "The environment of every shell.";
    };
  };
}
