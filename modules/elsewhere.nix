# Options of other platforms, so that setting one gets an answer rather than Nix's "does not exist".
{
  # Their names, and what to do instead.
  absent,
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
    default:
    lib.mkOption {
      type = lib.types.anything;
      inherit default;
      # Set or not, it means nothing.
      apply = _: default;
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
in
{
  options.credsmith = lib.mapAttrs (
    _:
    {
      default ? null,
      ...
    }:
    stub default
  ) absent;

  config.assertions = lib.optionals config.credsmith.enable (
    map (name: {
      assertion = false;
      message = lib.concatStringsSep "\n" [
        "credsmith.${name} is set${where name}, and there is no such option with ${platform}"
        absent.${name}.instead
      ];
    }) given
  );
}
