# Who may read the secrets: root, and the members of one group.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.credsmith;
  inherit (config) users;
  inherit (cfg.resolved) secrets;

  # A definition of ours in users.users would make every user known.
  knownUsers = lib.mapAttrsToList (_: user: user.name) users.users;
  knownGroups = lib.mapAttrsToList (_: group: group.name) users.groups;

  nearest =
    name: known:
    let
      near = lib.filter (lib.strings.levenshteinAtMost 2 name) known;
    in
    lib.optionalString (near != [ ]) ''; did you mean "${lib.head near}"?'';

  unknown =
    kind: known:
    { option, name }:
    {
      bad = !lib.elem name known;
      message = ''
        Cannot find the ${kind} "${name}", whom ${option} names, in users.${kind}s${nearest name known}
          ${
            if users.mutableUsers then
              "if it is made by hand on the machine, nothing is wrong"
            else
              "users.mutableUsers is false, so there is none besides those"
          }'';
    };
  doubts = lib.filter (each: each.bad) (
    map (
      name:
      unknown "user" knownUsers {
        option = "credsmith.users";
        inherit name;
      }
    ) (lib.unique cfg.users)
    ++ lib.concatLists (
      lib.mapAttrsToList (
        secret: given:
        lib.optional (given.owner != null) (
          unknown "user" knownUsers {
            option = "credsmith.secrets.${secret}.owner";
            name = given.owner;
          }
        )
        ++ lib.optional (given.group != null) (
          unknown "group" knownGroups {
            option = "credsmith.secrets.${secret}.group";
            name = given.group;
          }
        )
      ) cfg.secrets
    )
  );
in
{
  config = lib.mkIf cfg.enable (
    {
      users.groups.${cfg.group}.members = cfg.users;

      warnings = lib.optionals users.mutableUsers (map (doubt: doubt.message) doubts);
      assertions =
        lib.optionals (!users.mutableUsers) (
          map (doubt: {
            assertion = false;
            inherit (doubt) message;
          }) doubts
        )
        ++ lib.optionals (options ? sops) (
          lib.mapAttrsToList (name: _: {
            assertion = !config.sops.secrets.${name}.neededForUsers;
            message = ''
              Cannot install "${name}" before there are users: sops.secrets.${name}.neededForUsers is set, and then only root can read it
                remove it; for a password of a user, declare a secret of another name in sops.secrets'';
          }) secrets
        );
    }
  );
}
