# The loader among the user's configuration, what loads it in interactive shells, the program, and
# `use credsmith` for direnv.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  own = import ../nixos/mistakes.nix { inherit lib; };

  inherit (cfg) resolved;
  # There is none without a profile.
  isInstalled = cfg.loader.enable && resolved.loader != null;
  home = config.home.homeDirectory;

  loaders = import ../loaders.nix {
    inherit lib cfg options;
    known = "${config.xdg.configHome}/credsmith";
  };
  isBelow = folder: { path, ... }: lib.hasPrefix "${folder}/" path;
  filesBelow =
    folder:
    map (
      { path, script, ... }:
      lib.nameValuePair (lib.removePrefix "${folder}/" path) {
        source = "${resolved.loader}/share/credsmith/${script}";
      }
    );
  inConfig = lib.filter (isBelow config.xdg.configHome) loaders.all;
  inHome = lib.filter (file: isBelow home file && !isBelow config.xdg.configHome file) loaders.all;

  autoLoad = lib.filterAttrs (_: on: on) cfg.loader.autoLoad;
  autoLoadIn =
    shell: lib.mkIf (isInstalled && autoLoad ? ${shell} && resolved.defaultProfile != null);
  load = import ../auto_load.nix { inherit lib pkgs resolved; };
  # Before 25.05, home-manager called it initExtra.
  zshInit = if options.programs.zsh ? initContent then "initContent" else "initExtra";
in
{
  config = lib.mkIf cfg.enable {
    home.packages = [ cfg.package ];

    xdg.configFile = lib.mkMerge [
      (lib.mkIf isInstalled (lib.listToAttrs (filesBelow config.xdg.configHome inConfig)))
      (lib.mkIf config.programs.direnv.enable {
        "direnv/lib/credsmith.sh".source = ../direnv/credsmith.sh;
      })
    ];
    home.file = lib.mkIf isInstalled (lib.listToAttrs (filesBelow home inHome));

    programs = {
      bash.initExtra = autoLoadIn "bash" load.bash;
      zsh.${zshInit} = autoLoadIn "zsh" load.zsh;
      fish.interactiveShellInit = autoLoadIn "fish" load.fish;
    };

    warnings = lib.optionals isInstalled (
      map (shell: ''
        credsmith.loader.autoLoad.${shell} does nothing, because programs.${shell}.enable is not set
        Set it, so that home-manager writes the file that ${shell} reads at its start; or source "${
          if shell == "fish" then cfg.loader.fishPath else cfg.loader.path
        }" in yours.'') (lib.filter (shell: !config.programs.${shell}.enable) (lib.attrNames autoLoad))
    );

    assertions = lib.optionals isInstalled (
      map (file: {
        assertion = isBelow home file || isBelow config.xdg.configHome file;
        message = ''
          ${file.option} is "${file.path}", which is not below "${home}", where home-manager installs files
          Choose a path below it.'';
      }) loaders.named
      ++ [
        {
          assertion = autoLoad == { } || resolved.defaultProfile != null;
          message = own.autoLoadWithoutProfile { profiles = lib.attrNames resolved.manifest.profiles; };
        }
      ]
    );
  };
}
