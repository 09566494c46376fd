# Users and groups of NixOS.
{ lib, config, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.users = {
    mutableUsers = mkOption {
      type = types.bool;
      default = true;
      description = "Whether users can be added by hand.";
    };
    users = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }:
          {
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
              };
              name = mkOption {
                type = types.passwdEntry types.str;
                default = name;
              };
              description = mkOption {
                type = types.passwdEntry types.str;
                default = "";
              };
              uid = mkOption {
                type = types.nullOr types.int;
                default = null;
              };
              isNormalUser = mkOption {
                type = types.bool;
                default = false;
              };
              isSystemUser = mkOption {
                type = types.bool;
                default = false;
              };
              group = mkOption {
                type = types.str;
                default = "";
              };
              extraGroups = mkOption {
                type = types.listOf types.str;
                default = [ ];
              };
              home = mkOption {
                type = types.passwdEntry types.path;
                default = "/var/empty";
              };
              createHome = mkOption {
                type = types.bool;
                default = false;
              };
              shell = mkOption {
                type = types.nullOr (types.either types.shellPackage (types.passwdEntry types.path));
                default = null;
              };
              packages = mkOption {
                type = types.listOf types.package;
                default = [ ];
              };
            };
            config = lib.mkIf config.isNormalUser {
              group = lib.mkDefault "users";
              home = lib.mkDefault "/home/${config.name}";
              createHome = lib.mkDefault true;
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
                type = types.passwdEntry types.str;
                default = name;
              };
              gid = mkOption {
                type = types.nullOr types.int;
                default = null;
              };
              members = mkOption {
                type = types.listOf (types.passwdEntry types.str);
                default = [ ];
              };
            };
            # As there: whoever names a group in `extraGroups` is a member.
            config.members = lib.mapAttrsToList (_: user: user.name) (
              lib.filterAttrs (_: user: lib.elem name user.extraGroups) config.users.users
            );
          }
        )
      );
      default = { };
      description = "Which groups there are.";
    };
  };

  config = {
    users.users.root = {
      uid = 0;
      group = "root";
      isSystemUser = true;
      home = "/root";
    };
    users.groups = {
      root.gid = 0;
      users.gid = 100;
      keys.gid = 96;
      nogroup.gid = 65534;
    };
    assertions = lib.concatLists (
      lib.mapAttrsToList (name: user: [
        {
          assertion = lib.xor user.isSystemUser user.isNormalUser;
          message = "Exactly one of users.users.${name}.isSystemUser and users.users.${name}.isNormalUser must be set.";
        }
        {
          assertion = user.group != "";
          message = "users.users.${name}.group is unset. This used to default to nogroup, but this is unsafe.";
        }
      ]) config.users.users
    );
  };
}
