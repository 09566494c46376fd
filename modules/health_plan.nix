# What `credsmith verify --health` reads: names, paths and dates.
{
  lib,
  pkgs,
  cfg,
}:
let
  inherit (cfg) health resolved rotation;
  profiles =
    if health.profiles != null then health.profiles else lib.attrNames resolved.manifest.profiles;
in
{
  plan = pkgs.writeText "credsmith-health.json" (
    builtins.toJSON {
      version = 1;
      manifest = "${resolved.loader}/share/credsmith/manifest.json";
      inherit profiles;
      inherit (health) directory;
      lifecycle = lib.filterAttrs (name: _: lib.elem name profiles) resolved.lifecycle;
      rotation = {
        inherit (rotation) remindAfterDays maxAgeDays;
      };
    }
  );

  assertions = [
    {
      assertion = rotation.remindAfterDays <= rotation.maxAgeDays;
      message = lib.concatStringsSep "\n" [
        "credsmith.rotation.remindAfterDays is ${toString rotation.remindAfterDays}, and maxAgeDays is ${toString rotation.maxAgeDays}: the reminder would come when the key is overdue"
        "Set remindAfterDays to fewer days."
      ];
    }
  ];
}
