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
      filesOf =
        definitions:
        lib.concatMap (
          set:
          lib.concatLists (
            lib.mapAttrsToList (
              name: value:
              map (file: {
                target = if lib.isString (file.target or null) then file.target else name;
                forced = isForced file || isForced (file.source or null) || isForced (file.text or null);
              }) (lib.filter lib.isAttrs (lib.modules.dischargeProperties value))
            ) set
          )
        ) (lib.modules.dischargeProperties definitions);
    in
    lib.unique (
      map (definition: toString definition.file) (
        lib.filter (
          definition:
          toString definition.file != toString ours
          && lib.any (file: file.target == nameOf path && !file.forced) (filesOf definition.value)
        ) options.environment.etc.definitionsWithLocations
      )
    );
}
