# home-manager, as far as sops-nix and credsmith use it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  files = import ./files.nix { inherit lib pkgs; } {
    more = _: {
      executable = mkOption {
        type = types.nullOr types.bool;
        default = null;
      };
      recursive = mkOption {
        type = types.bool;
        default = false;
      };
      force = mkOption {
        type = types.bool;
        default = false;
      };
      onChange = mkOption {
        type = types.lines;
        default = "";
      };
    };
  };
  lines = mkOption {
    type = types.lines;
    default = "";
  };
  off = mkOption {
    type = types.bool;
    default = false;
  };
  primitive = types.oneOf [
    types.bool
    types.int
    types.str
    types.path
  ];
  unit = types.attrsOf (types.attrsOf (types.either primitive (types.listOf primitive)));
  units = mkOption {
    type = types.attrsOf unit;
    default = { };
    description = "The user's units.";
  };
in
{
  options = {
    home = {
      username = mkOption {
        type = types.str;
        default = "dev";
        description = "Whose home it is.";
      };
      homeDirectory = mkOption {
        type = types.path;
        apply = toString;
        default =
          if pkgs.stdenv.hostPlatform.isDarwin then
            "/Users/${config.home.username}"
          else
            "/home/${config.home.username}";
        description = "Where it is.";
      };
      packages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "What is on the user's PATH.";
      };
      sessionVariables = mkOption {
        type = types.lazyAttrsOf (
          types.oneOf [
            types.str
            types.path
            types.int
            types.float
            types.bool
          ]
        );
        default = { };
        description = "The environment of the session.";
      };
      activation = mkOption {
        type = types.attrsOf (types.either types.str (types.attrsOf types.unspecified));
        default = { };
        description = "What a switch runs.";
      };
      file = files;
    };
    xdg = {
      enable = off;
      configHome = mkOption {
        type = types.path;
        apply = toString;
        default = "${config.home.homeDirectory}/.config";
        description = "Where the user's configuration is.";
      };
      configFile = files;
    };
    programs = {
      bash = {
        enable = off;
        initExtra = lines;
        bashrcExtra = lines;
        profileExtra = lines;
      };
      zsh = {
        enable = off;
        initContent = lines;
        envExtra = lines;
      };
      fish = {
        enable = off;
        interactiveShellInit = lines;
        shellInit = lines;
      };
      direnv = {
        enable = off;
        stdlib = lines;
        config = mkOption {
          type = types.attrsOf types.unspecified;
          default = { };
        };
      };
    };
    systemd.user = {
      enable = mkOption {
        type = types.bool;
        default = pkgs.stdenv.hostPlatform.isLinux;
        description = "Whether there is a user's systemd.";
      };
      systemctlPath = mkOption {
        type = types.str;
        default = "/run/current-system/systemd/bin/systemctl";
        description = "The program that controls it.";
      };
      services = units;
      timers = units;
      paths = units;
      tmpfiles.rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Lines for tmpfiles.d.";
      };
    };
    launchd.agents = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              enable = off;
              config = mkOption {
                type = types.submodule {
                  freeformType = types.attrsOf types.unspecified;
                  config.Label = lib.mkDefault "org.nix-community.home.${name}";
                };
                default = { };
              };
            };
          }
        )
      );
      default = { };
      description = "The user's agents on macOS.";
    };
    lib = mkOption {
      type = types.attrsOf types.attrs;
      default = { };
      description = "Functions that modules share.";
    };
  };
}
