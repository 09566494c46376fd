# Profiles, from the leaves of secrets files. The same judgement as src/store/credentials.ts.
{
  lib,
  names,
  variables,
  mistakes,
}:

let
  inherit (variables)
    namedKeys
    topPaths
    topLevelMarks
    sharedSettings
    ;
  keyOf = lib.concatStringsSep "/";

  isScalar =
    leaf:
    !(builtins.elem leaf.type [
      "null"
      "list"
      "mapping"
    ]);

  # Where the fields of a profile under `profiles` stand.
  pathsBelow =
    profile:
    lib.mapAttrs (_: key: [
      "profiles"
      profile
      key
    ]) namedKeys;
in
{
  # The profiles of one file:
  #
  #   { profiles.<name>.<field> = { file; format; key; name; }; mistakes = [ … ]; }
  #
  # with the fields that are there and not empty.
  ofFile =
    {
      file,
      format,
      shown,
      leaves,
    }:
    let
      # By the path as JSON: a key may have a slash in it.
      index = lib.listToAttrs (map (leaf: lib.nameValuePair (builtins.toJSON leaf.path) leaf) leaves);
      at = path: index.${builtins.toJSON path} or null;
      scalarAt =
        path:
        let
          found = at path;
        in
        if found != null && isScalar found then found else null;
      has = path: scalarAt path != null;

      # Names under `profiles`, in the order of the file.
      below = lib.filter ({ path, ... }: lib.length path > 1 && lib.head path == "profiles") leaves;
      named = lib.unique (map (leaf: lib.elemAt leaf.path 1) below);
      top = at [ "profiles" ];
      topIsMapping = top == null || top.type == "null" || top.type == "mapping";
      notMappings = lib.filter (
        name:
        let
          found = at [
            "profiles"
            name
          ];
        in
        found != null && found.type != "mapping"
      ) named;

      atTop = lib.any (field: has topPaths.${field}) topLevelMarks;
      defaultPaths =
        let
          own = pathsBelow "default";
        in
        if atTop then
          topPaths
        else
          own
          // lib.genAttrs sharedSettings (
            field: if !has own.${field} && has topPaths.${field} then topPaths.${field} else own.${field}
          );

      view =
        profile: paths:
        let
          there = lib.filterAttrs (_: path: has path && (scalarAt path).type != "empty") paths;
        in
        lib.mapAttrs (field: path: {
          inherit file format;
          key = keyOf path;
          name = variables.fileNameOf field profile;
        }) there;

      good = lib.filter (
        name:
        names.isProfileName name
        && !names.isTakenProfileName name
        && !(builtins.elem name notMappings)
        && name != "default"
      ) named;
      hasDefault = atTop || builtins.elem "default" named && !(builtins.elem "default" notMappings);
      profiles =
        lib.optionalAttrs hasDefault { default = view "default" defaultPaths; }
        // lib.genAttrs good (name: view name (pathsBelow name));

      asked = lib.concatMap lib.attrValues (lib.attrValues profiles);
      byKey = lib.listToAttrs (map (leaf: lib.nameValuePair (keyOf leaf.path) leaf) leaves);
    in
    {
      inherit profiles;
      mistakes =
        lib.optional (!topIsMapping) (mistakes.profilesNotMapping { inherit shown; })
        ++ lib.concatMap (
          name:
          lib.optional (!names.isProfileName name) (mistakes.profileName { inherit shown name; })
          ++ lib.optional (names.isTakenProfileName name) (mistakes.profileNameTaken { inherit shown name; })
          ++ lib.optional (builtins.elem name notMappings) (
            mistakes.profileNotMapping { inherit shown name; }
          )
          ++ lib.optional (name == "default" && atTop) (mistakes.profileDefaultTwice { inherit shown; })
        ) named;
      # Of those that are asked for, by the keys they are asked for with.
      leafMistakes =
        keys:
        let
          wanted = lib.filter (leaf: builtins.elem leaf.key keys) asked;
          once = lib.unique (map (leaf: leaf.key) wanted);
        in
        lib.concatMap (
          key:
          let
            leaf = byKey.${key};
          in
          if format == "json" && lib.hasInfix "/" key then
            [ (mistakes.jsonNested { inherit shown key; }) ]
          else if leaf.type != "str" then
            [
              (mistakes.leafNotString {
                inherit shown key;
                inherit (leaf) type;
              })
            ]
          else
            [ ]
        ) once;
    };
}
