# NixOS, as far as sops-nix and credsmith use it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  imports = [
    ./environment.nix
    ./shells.nix
    ./systemd.nix
    ./users.nix
  ];

  options = {
    networking.hostName = mkOption {
      type = types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$";
      default = "nixos";
      description = "The name of the machine.";
    };

    environment = {
      etc = import ./files.nix { inherit lib pkgs; } {
        more = file: {
          mode = mkOption {
            type = types.str;
            default = "symlink";
          };
          uid = mkOption {
            type = types.int;
            default = 0;
          };
          gid = mkOption {
            type = types.int;
            default = 0;
          };
          user = mkOption {
            type = types.str;
            default = "+${toString file.uid}";
          };
          group = mkOption {
            type = types.str;
            default = "+${toString file.gid}";
          };
        };
      };
      sessionVariables = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "The environment of every session.";
      };
    }
    // lib.genAttrs [ "shellInit" "loginShellInit" "interactiveShellInit" ] (
      _:
      mkOption {
        type = types.lines;
        default = "";
        description = "Text for every shell.";
      }
    );

    services.openssh = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether there is an SSH server, and so host keys.";
      };
      hostKeys = mkOption {
        type = types.listOf (types.attrsOf types.unspecified);
        default = [
          {
            type = "rsa";
            bits = 4096;
            path = "/etc/ssh/ssh_host_rsa_key";
          }
          {
            type = "ed25519";
            path = "/etc/ssh/ssh_host_ed25519_key";
          }
        ];
        description = "The host's own keys.";
      };
    };
    services.userborn.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether userborn makes the users.";
    };

    system = {
      activationScripts = mkOption {
        type = types.attrsOf (
          types.either types.str (
            types.submodule {
              options = {
                deps = mkOption {
                  type = types.listOf types.str;
                  default = [ ];
                };
                text = mkOption { type = types.lines; };
                supportsDryActivation = mkOption {
                  type = types.bool;
                  default = false;
                };
              };
            }
          )
        );
        default = { };
        description = "What a switch runs.";
      };
      # sops-nix looks whether this is there.
      dryActivationScript = mkOption {
        type = types.str;
        default = "";
        description = "What a dry activation runs.";
      };
      build = mkOption {
        type = types.submodule { freeformType = types.lazyAttrsOf types.unspecified; };
        default = { };
        description = "What can be built of a host.";
      };
      stateVersion = mkOption {
        type = types.str;
        default = "26.05";
        description = "The release that the host started with.";
      };
    };
  };

  config = {
    # There on every NixOS.
    system.activationScripts = {
      specialfs = "";
      users = "";
      groups = "";
    };

    # Refuses where an assertion fails, as the real one does, and refers to everything that would
    # be in the system: what its derivation does not name, the host does not have.
    system.build.toplevel = lib.asserts.checkAssertWarn config.assertions config.warnings (
      pkgs.writeText "nixos-system-${config.networking.hostName}" (
        builtins.toJSON {
          etc = lib.mapAttrs (_: file: "${file.source}") config.environment.etc;
          packages = map toString config.environment.systemPackages;
          activation = config.system.activationScripts;
          inherit (config.systemd) units;
          tmpfiles =
            config.systemd.tmpfiles.rules ++ lib.attrsets.attrValues config.systemd.tmpfiles.settings;
          shells = lib.mapAttrs (_: shell: [
            shell.shellInit
            shell.loginShellInit
            shell.interactiveShellInit
          ]) config.programs;
          inherit (config.environment) variables sessionVariables;
          users = lib.mapAttrs (_: user: { inherit (user) group extraGroups home; }) config.users.users;
          groups = lib.mapAttrs (_: group: group.members) config.users.groups;
        }
      )
    );
  };
}
