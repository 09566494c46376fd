# The manifest of a loader (src/loader/manifest.ts) and the mistakes that it could hold.
{
  lib,
  names,
  variables,
  mistakes,
}:

{
  # profiles: name -> field -> { name; … }, each with a key of its own
  # secrets:  name -> { variable; profiles; }
  # secretsIn: where the files of `secrets` are, with a "/" at its end, if not in `directory`
  manifestOf =
    {
      profiles,
      directory,
      olderNames ? false,
      constants ? { },
      secrets ? { },
      secretsIn ? "",
      unset ? [ ],
    }:
    let
      options = {
        inherit olderNames;
      };
      secretFiles =
        profile:
        lib.mapAttrs' (name: secret: lib.nameValuePair secret.variable (secretsIn + name)) (
          lib.filterAttrs (
            _: secret:
            secret.variable != null && (secret.profiles == null || builtins.elem profile secret.profiles)
          ) secrets
        );
      fieldFiles =
        profile: fields:
        lib.listToAttrs (
          lib.concatMap (
            each:
            lib.optionals (fields ? ${each.field}) (
              map (variable: lib.nameValuePair variable fields.${each.field}.name) (
                variables.variablesOf options each
              )
            )
          ) variables.loadedFields
        );
      optionalOf =
        fields:
        lib.concatMap (
          each: lib.optionals (fields.${each.field}.optional or false) (variables.variablesOf options each)
        ) variables.loadedFields;
    in
    {
      version = 1;
      inherit directory;
      unset = lib.unique (variables.unsetFor options ++ unset);
      profiles = lib.mapAttrs (profile: fields: {
        files = fieldFiles profile fields // secretFiles profile;
        optional = optionalOf fields;
        constants = variables.constants // constants;
      }) profiles;
    };

  # What a manifest may not say, as `credsmith load-env` would refuse it, in the options' words.
  mistakesOf =
    {
      manifest,
      constants ? { },
      secrets ? { },
      secretsIn ? "",
      unset ? [ ],
    }:
    let
      withVariable = lib.filterAttrs (_: secret: secret.variable != null) secrets;
      profileNames = lib.attrNames manifest.profiles;
      given =
        lib.mapAttrsToList (name: _: {
          option = "credsmith.variables";
          inherit name;
        }) constants
        ++ lib.mapAttrsToList (secret: { variable, ... }: {
          option = "credsmith.secrets.${secret}.variable";
          name = variable;
        }) withVariable
        ++ map (name: {
          option = "credsmith.loader.unset";
          inherit name;
        }) unset;
      ofName =
        { option, name }:
        if !names.isVariableName name then
          [ (mistakes.variableName { inherit option name; }) ]
        else if names.isReservedName name then
          [ (mistakes.variableReserved { inherit option name; }) ]
        else
          [ ];
      ofValue =
        name: value: lib.optional (lib.hasInfix "\n" value) (mistakes.variableValue { inherit name; });

      # Who fills which variable, in one profile.
      sourcesIn =
        profile:
        let
          isField = _: file: !(withVariable ? ${lib.removePrefix secretsIn file});
          fields = lib.attrNames (lib.filterAttrs isField manifest.profiles.${profile}.files);
          fromSecrets = lib.filterAttrs (
            _: secret: secret.profiles == null || builtins.elem profile secret.profiles
          ) withVariable;
        in
        map (name: {
          inherit name;
          by = "the secrets file";
        }) fields
        ++ lib.mapAttrsToList (name: _: {
          inherit name;
          by = "credsmith.variables";
        }) constants
        ++ lib.mapAttrsToList (secret: { variable, ... }: {
          name = variable;
          by = "credsmith.secrets.${secret}";
        }) fromSecrets;
      twiceIn =
        profile:
        lib.concatLists (
          lib.mapAttrsToList (
            name: sources:
            lib.optional (lib.length sources > 1) (
              mistakes.variableTwice {
                inherit name profile;
                by = map (source: source.by) sources;
              }
            )
          ) (lib.groupBy (source: source.name) (sourcesIn profile))
        );
    in
    lib.concatMap ofName given
    ++ lib.concatLists (lib.mapAttrsToList ofValue constants)
    ++ lib.concatMap twiceIn profileNames;
}
