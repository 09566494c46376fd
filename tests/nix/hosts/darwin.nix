# nix-darwin, as far as sops-nix and credsmith use it.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;

  jobs = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, config, ... }:
        {
          options = {
            environment = mkOption {
              type = types.attrsOf (types.either types.str (types.listOf types.str));
              default = { };
            };
            path = mkOption {
              type = types.listOf (types.either types.path types.str);
              default = [ ];
            };
            command = mkOption {
              type = types.either types.str types.path;
              default = "";
            };
            script = mkOption {
              type = types.lines;
              default = "";
            };
            serviceConfig = mkOption {
              type = types.submodule { freeformType = types.attrsOf types.unspecified; };
              default = { };
            };
          };
          config.serviceConfig = {
            Label = lib.mkDefault "org.nixos.${name}";
            ProgramArguments = lib.mkIf (config.command != "") [
              "/bin/sh"
              "-c"
              "exec ${config.command}"
            ];
          };
        }
      )
    );
    default = { };
    description = "What launchd runs.";
  };
in
{
  imports = [
    ./environment.nix
    ./shells.nix
  ];

  options = {
    environment = {
      etc = import ./files.nix { inherit lib pkgs; } {
        more = _: {
          copy = mkOption {
            type = types.bool;
            default = false;
          };
          knownSha256Hashes = mkOption {
            type = types.listOf types.str;
            default = [ ];
          };
        };
      };
    };
    launchd = {
      daemons = jobs;
      agents = jobs;
      user.agents = jobs;
    };
    services.openssh.enable = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether macOS's SSH server is on.";
    };
    system = {
      activationScripts = mkOption {
        type = types.attrsOf (
          types.submodule {
            options.text = mkOption {
              type = types.lines;
              default = "";
            };
          }
        );
        default = { };
        description = "What a switch runs.";
      };
      primaryUser = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Whose session a switch speaks for.";
      };
      build = mkOption {
        type = types.submodule { freeformType = types.lazyAttrsOf types.unspecified; };
        default = { };
        description = "What can be built of a host.";
      };
    };
    users = {
      knownUsers = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Users that nix-darwin makes and removes.";
      };
      knownGroups = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Groups that nix-darwin makes and removes.";
      };
      users = mkOption {
        type = types.attrsOf (
          types.submodule (
            { name, ... }:
            {
              options = {
                name = mkOption {
                  type = types.str;
                  default = name;
                };
                home = mkOption {
                  type = types.nullOr types.path;
                  default = null;
                };
              };
            }
          )
        );
        default = { };
        description = "Who there is.";
      };
      groups = mkOption {
        type = types.attrsOf (
          types.submodule (
            { name, ... }:
            {
              options = {
                name = mkOption {
                  type = types.str;
                  default = name;
                };
                gid = mkOption { type = types.int; };
                members = mkOption {
                  type = types.listOf types.str;
                  default = [ ];
                };
                description = mkOption {
                  type = types.str;
                  default = "";
                };
              };
            }
          )
        );
        default = { };
        description = "Which groups there are.";
      };
    };
  };
}
