# Every option of every platform, for docs/options.ts: { nixos = [ … ]; home = [ … ]; darwin = [ … ]; }.
{ lib, root, ... }:

lib.genAttrs
  [
    "nixos"
    "home"
    "darwin"
  ]
  (
    platform:
    let
      inherit
        (lib.evalModules {
          modules = [
            (import (root + "/modules/common.nix") { inherit platform; })
            {
              options.xdg.configHome = lib.mkOption { visible = false; };
              config._module.args.pkgs = throw "an option's default needs a text of its own";
            }
          ];
        })
        options
        ;
      shown = option: option.visible && !option.internal && lib.hasPrefix "credsmith." option.name;
    in
    map (option: {
      inherit (option) name type description;
      default = option.default or null;
      example = option.example or null;
    }) (lib.filter shown (lib.optionAttrSetToDocList options))
  )
