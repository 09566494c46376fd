# Options of other platforms, so that setting one gets an answer rather than Nix's "does not exist".
{
  # Their names, and what to do instead.
  absent,
  # The same for options of credsmith.secrets.<name>.
  absentOfSecrets ? { },
  # As people call it: "home-manager".
  platform,
}:
{
  config,
  lib,
  options,
  ...
}:
let
  stub =
    {
      default ? null,
      ...
    }:
    lib.mkOption {
      type = lib.types.anything;
      inherit default;
      visible = false;
      internal = true;
      description = "Not for ${platform}.";
    };
  given = lib.filter (name: options.credsmith.${name}.isDefined && isSet name) (lib.attrNames absent);
  isSet = name: options.credsmith.${name}.highestPrio < (lib.mkOptionDefault null).priority;
  # What has no file of its own is a configuration written in place.
  places =
    name:
    lib.filter (file: file != "<unknown-file>") (
      lib.unique (map toString options.credsmith.${name}.files)
    );
  where =
    name: lib.optionalString (places name != [ ]) " in ${lib.concatStringsSep ", " (places name)}";
  ofSecrets = lib.concatLists (
    lib.mapAttrsToList (
      secret: values:
      lib.concatLists (
        lib.mapAttrsToList (
          name: each:
          lib.optional (values.${name} != each.default or null) {
            name = "secrets.${secret}.${name}";
            inherit (each) instead;
          }
        ) absentOfSecrets
      )
    ) config.credsmith.secrets
  );
in
{
  options.credsmith =
    lib.mapAttrs (
      _: each:
      stub each
      // {
        # Set or not, it means nothing.
        apply = _: each.default or null;
      }
    ) absent
    // {
      secrets = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submodule { options = lib.mapAttrs (_: stub) absentOfSecrets; }
        );
      };
    };

  config.assertions = lib.optionals config.credsmith.enable (
    map
      (
        {
          name,
          instead,
          where ? "",
        }:
        {
          assertion = false;
          message = lib.concatStringsSep "\n" [
            "credsmith.${name} is set${where}, and there is no such option with ${platform}"
            instead
          ];
        }
      )
      (
        map (name: {
          inherit name;
          inherit (absent.${name}) instead;
          where = where name;
        }) given
        ++ ofSecrets
      )
  );
}
