# Paths in /etc, and who else installs a file there.
{ lib, options }:
rec {
  isBelow = lib.hasPrefix "/etc/";
  nameOf = lib.removePrefix "/etc/";

  # The modules besides ours that have a file at this path. Who forces a value means to replace ours.
  others =
    path: ours:
    let
      isForced = value: (value._type or null) == "override";
      # What a definition comes to, without mkIf and mkMerge.
      discharge =
        value:
        {
          merge = lib.concatMap discharge value.contents;
          "if" = lib.optionals value.condition (discharge value.content);
        }
        .${value._type or ""} or [ value ];
      filesOf =
        set:
        lib.concatLists (
          lib.mapAttrsToList (
            name: value:
            map (file: {
              target = if lib.isString (file.target or null) then file.target else name;
              forced = lib.any isForced [
                file
                (file.source or null)
                (file.text or null)
              ];
            }) (discharge value)
          ) set
        );
    in
    lib.unique (
      map (definition: toString definition.file) (
        lib.filter (
          definition:
          toString definition.file != toString ours
          && lib.any (file: file.target == nameOf path && !file.forced) (
            lib.concatMap filesOf (discharge definition.value)
          )
        ) options.environment.etc.definitionsWithLocations
      )
    );
}
