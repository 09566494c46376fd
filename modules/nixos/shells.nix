# The loader in /etc, what loads it in interactive shells, and the program with its completions.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (import ../lib { inherit lib; }) mistakes;
  own = import ./mistakes.nix { inherit lib; };

  inherit (cfg) resolved;
  scripts = "${resolved.loader}/share/credsmith";
  # There is none without a profile.
  isInstalled = cfg.loader.enable && resolved.loader != null;
  at = import ./etc.nix { inherit lib options; };

  loaders = import ../loaders.nix {
    inherit lib cfg options;
    known = "/etc/credsmith";
  };

  profiles = lib.attrNames resolved.manifest.profiles;
  standard = resolved.defaultProfile;
  autoLoad = lib.filterAttrs (_: on: on) cfg.loader.autoLoad;
  autoLoadIn = shell: lib.mkIf (isInstalled && autoLoad ? ${shell} && standard != null);
  load = import ../auto_load.nix { inherit lib pkgs resolved; };
in
{
  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    environment.etc = lib.mkIf isInstalled (
      lib.listToAttrs (
        map (
          { path, script, ... }: lib.nameValuePair (at.nameOf path) { source = "${scripts}/${script}"; }
        ) (lib.filter ({ path, ... }: at.isBelow path) loaders.all)
      )
    );

    programs = {
      bash.interactiveShellInit = autoLoadIn "bash" load.bash;
      zsh.interactiveShellInit = autoLoadIn "zsh" load.zsh;
      fish.interactiveShellInit = autoLoadIn "fish" load.fish;
    };

    warnings = lib.optionals isInstalled (
      map (shell: own.autoLoadWithoutShell { inherit shell; }) (
        lib.filter (shell: autoLoad ? ${shell} && !config.programs.${shell}.enable) [
          "fish"
          "zsh"
        ]
      )
    );

    assertions = lib.optionals isInstalled (
      lib.concatMap (
        { option, path, ... }:
        let
          others = at.others path ./shells.nix;
        in
        [
          {
            assertion = at.isBelow path;
            inherit (mistakes.loaderOutside { inherit option path; }) message;
          }
          {
            assertion = others == [ ];
            inherit
              (mistakes.loaderTwice {
                inherit path;
                by = [ option ] ++ others;
              })
              message
              ;
          }
        ]
      ) loaders.named
      ++ [
        {
          assertion = autoLoad == { } || standard != null;
          message = own.autoLoadWithoutProfile { inherit profiles; };
        }
      ]
    );
  };
}
