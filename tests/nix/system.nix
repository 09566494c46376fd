# What a NixOS configuration puts on its machine, as far as a test runs it without NixOS: /etc, the
# part of the activation that installs secrets, the manifest, units, programs, groups.
{ lib, pkgs }:
name: config:
let
  failed = lib.filter (each: !each.assertion) config.assertions;
  files = lib.filter (file: file.enable) (lib.attrValues config.environment.etc);
  units = pkgs.linkFarm "units" (
    lib.mapAttrs (unit: { text, ... }: pkgs.writeText unit text) config.systemd.units
  );
in
if failed != [ ] then
  throw (lib.concatMapStringsSep "\n" (each: each.message) failed)
else
  pkgs.runCommandLocal "system-${name}"
    {
      activation = config.system.activationScripts.setupSecrets.text or "";
      groups = builtins.toJSON (lib.mapAttrs (_: group: group.members) config.users.groups);
      # Each unit with what wants it, for a machine.
      wanted = builtins.toJSON (
        lib.mapAttrs (_: unit: {
          inherit (unit)
            text
            enable
            wantedBy
            requiredBy
            ;
        }) config.systemd.units
      );
      passAsFile = [
        "activation"
        "groups"
        "wanted"
      ];
    }
    ''
      mkdir -p $out/etc
      cp "$activationPath" $out/activate
      cp "$groupsPath" $out/groups.json
      cp "$wantedPath" $out/units.json
      ln -s ${config.system.build.sops-nix-manifest} $out/manifest.json
      ln -s ${units} $out/units
      ln -s ${
        pkgs.symlinkJoin {
          name = "sw";
          paths = config.environment.systemPackages;
        }
      } $out/sw
      ${lib.concatMapStrings (file: ''
        mkdir -p "$(dirname "$out/etc/"${lib.escapeShellArg file.target})"
        ln -s ${file.source} "$out/etc/"${lib.escapeShellArg file.target}
      '') files}
    ''
