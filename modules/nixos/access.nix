# Who may read the secrets: root, and the members of one group.
{ config, lib, ... }:
let
  cfg = config.credsmith;
  inherit (config) users;
  mistakes = import ./mistakes.nix { inherit lib; };

  # A definition of ours in users.users would make every user known.
  knownUsers = lib.mapAttrsToList (_: user: user.name) users.users;
  knownGroups = lib.mapAttrsToList (_: group: group.name) users.groups;

  unknown =
    kind: known: option: name:
    lib.optional (!lib.elem name known) (
      mistakes.unknown {
        inherit
          kind
          known
          option
          name
          ;
        mutable = users.mutableUsers;
      }
    );
  unknownUser = unknown "user" knownUsers;
  unknownGroup = unknown "group" knownGroups;
  doubts =
    lib.concatMap (unknownUser "credsmith.users") (lib.unique cfg.users)
    ++ lib.concatLists (
      lib.mapAttrsToList (
        secret:
        { owner, group, ... }:
        lib.optionals (owner != null) (unknownUser "credsmith.secrets.${secret}.owner" owner)
        ++ lib.optionals (group != null) (unknownGroup "credsmith.secrets.${secret}.group" group)
      ) cfg.secrets
    );
in
{
  config = lib.mkIf cfg.enable {
    users.groups.${cfg.group}.members = cfg.users;

    warnings = lib.optionals users.mutableUsers doubts;
    assertions = lib.optionals (!users.mutableUsers) (
      map (message: {
        assertion = false;
        inherit message;
      }) doubts
    );
  };
}
