# What is asked of sops-nix, and who may read it: root, and the members of one group.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (cfg.resolved) secrets;

  memoryOnly = import ../memory_only.nix { inherit lib pkgs; } { mountPoint = "/run/secrets.d"; };

  # Groups that every Mac has; nix-darwin is not to make or remove them.
  ofMacos = [
    "admin"
    "daemon"
    "everyone"
    "staff"
    "wheel"
  ];
  open = [
    "everyone"
    "staff"
  ];
  groups = lib.unique (
    lib.filter (group: group != null) (lib.mapAttrsToList (_: secret: secret.group) secrets)
  );
in
{
  # Whatever program sops-nix is given stands behind the check.
  options.sops.package = lib.mkOption {
    apply = program: if cfg.enable then memoryOnly.before program else program;
  };

  config = lib.mkIf cfg.enable (
    # Without sops-nix there is nobody to ask; answers.nix says so.
    lib.optionalAttrs (options ? sops.secrets) {
      sops.secrets = lib.mapAttrs (_: secret: {
        sopsFile = secret.file;
        inherit (secret) format key;
        mode = lib.mkDefault secret.mode;
        owner = lib.mkDefault (if secret.owner == null then "root" else secret.owner);
        group = lib.mkIf (secret.group != null) (lib.mkDefault secret.group);
      }) secrets;
    }
    // {
      users = lib.mkIf (!lib.elem cfg.group ofMacos) {
        knownGroups = [ cfg.group ];
        groups.${cfg.group} = {
          # nix-darwin makes no group without a number.
          gid = lib.mkDefault 549;
          members = cfg.users;
          description = lib.mkDefault "Who may read credsmith's credentials";
        };
      };

      warnings =
        map
          (group: ''
            Every user of this Mac is in the group "${group}", which may read the credentials
            Leave credsmith.group at "credsmith", a group of its own, whose members are credsmith.users.'')
          (lib.filter (group: lib.elem group open) (lib.unique ([ cfg.group ] ++ groups)));

      assertions = [
        {
          assertion = cfg.users == [ ] || !lib.elem cfg.group ofMacos;
          message = ''
            Cannot add credsmith.users to "${cfg.group}": that group is macOS's own
            Leave credsmith.group at "credsmith", or add them by hand: sudo dseditgroup -o edit -a USER -t user ${cfg.group}'';
        }
      ];
    }
  );
}
