# Units of NixOS, and their text as NixOS writes it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  # Lists stand for options that can be there more than once.
  unitOption = lib.mkOptionType {
    name = "systemd option";
    merge =
      loc: defs:
      let
        kept = lib.filterOverrides defs;
      in
      if lib.isList (lib.head kept).value then
        lib.concatMap (
          def:
          if lib.isList def.value then
            def.value
          else
            throw "The option `${lib.showOption loc}' is a list in one place and none in another."
        ) kept
      else
        lib.mergeEqualOption loc kept;
  };
  section = mkOption {
    type = types.attrsOf unitOption;
    default = { };
  };
  unitName = types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)";
  relations = [
    "after"
    "before"
    "bindsTo"
    "conflicts"
    "onFailure"
    "onSuccess"
    "partOf"
    "requires"
    "requisite"
    "upheldBy"
    "wants"
    "wantedBy"
    "requiredBy"
  ];

  common =
    { config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
        };
        overrideStrategy = mkOption {
          type = types.enum [
            "asDropinIfExists"
            "asDropin"
          ];
          default = "asDropinIfExists";
        };
        description = mkOption {
          type = types.singleLineStr;
          default = "";
        };
        documentation = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
        aliases = mkOption {
          type = types.listOf unitName;
          default = [ ];
        };
        unitConfig = section;
        startLimitBurst = mkOption {
          type = types.nullOr types.int;
          default = null;
        };
        startLimitIntervalSec = mkOption {
          type = types.nullOr types.int;
          default = null;
        };
      }
      // lib.genAttrs relations (
        _:
        mkOption {
          type = types.listOf unitName;
          default = [ ];
        }
      )
      // lib.genAttrs [ "restartTriggers" "reloadTriggers" ] (
        _:
        mkOption {
          type = types.listOf types.unspecified;
          default = [ ];
        }
      );
      config.unitConfig =
        let
          there = lib.filterAttrs (_: value: value != [ ] && value != "" && value != null);
        in
        lib.mapAttrs (_: lib.mkDefault) (there {
          Description = config.description;
          StartLimitBurst = config.startLimitBurst;
          StartLimitIntervalSec = config.startLimitIntervalSec;
        })
        // there {
          Documentation = config.documentation;
          After = config.after;
          Before = config.before;
          BindsTo = config.bindsTo;
          Conflicts = config.conflicts;
          OnFailure = config.onFailure;
          OnSuccess = config.onSuccess;
          PartOf = config.partOf;
          Requires = config.requires;
          Requisite = config.requisite;
          Wants = config.wants;
          X-Restart-Triggers = map toString config.restartTriggers;
          X-Reload-Triggers = map toString config.reloadTriggers;
        };
    };

  scripts = {
    script = "ExecStart";
    preStart = "ExecStartPre";
    postStart = "ExecStartPost";
    reload = "ExecReload";
    preStop = "ExecStop";
    postStop = "ExecStopPost";
  };
  service =
    { config, name, ... }:
    {
      imports = [ common ];
      options = {
        environment = mkOption {
          type = types.attrsOf (
            types.nullOr (
              types.oneOf [
                types.str
                types.path
                types.package
              ]
            )
          );
          default = { };
        };
        path = mkOption {
          type = types.listOf (
            types.oneOf [
              types.package
              types.str
            ]
          );
          default = [ ];
        };
        serviceConfig = section;
        restartIfChanged = mkOption {
          type = types.bool;
          default = true;
        };
        reloadIfChanged = mkOption {
          type = types.bool;
          default = false;
        };
        stopIfChanged = mkOption {
          type = types.bool;
          default = true;
        };
        startAt = mkOption {
          type = types.either types.str (types.listOf types.str);
          default = [ ];
          apply = lib.toList;
        };
      }
      // lib.mapAttrs (
        _: _:
        mkOption {
          type = types.lines;
          default = "";
        }
      ) scripts;
      config.serviceConfig = lib.mapAttrs' (
        option: field:
        lib.nameValuePair field (
          lib.mkIf (config.${option} != "") [
            "${pkgs.writeShellScript "unit-script-${name}-${option}" "set -e\n${config.${option}}"}"
          ]
        )
      ) scripts;
    };
  timer = {
    imports = [ common ];
    options.timerConfig = section;
  };
  path = {
    imports = [ common ];
    options.pathConfig = section;
  };
  mount = {
    imports = [ common ];
    options = {
      what = mkOption { type = types.str; };
      where = mkOption { type = types.str; };
      type = mkOption {
        type = types.str;
        default = "";
      };
      options = mkOption {
        type = types.commas;
        default = "";
      };
      mountConfig = section;
    };
  };
  units =
    kind: module:
    mkOption {
      type = types.attrsOf (types.submodule module);
      default = { };
      description = "Units: ${kind}.";
    };

  # As `systemd-escape --path` does, for the characters that occur.
  mountName =
    where: lib.replaceStrings [ "-" "/" ] [ "\\x2d" "-" ] (lib.removePrefix "/" where) + ".mount";
  mountText =
    unit:
    unitText unit
    + "\n[Mount]\n"
    + lines (
      {
        What = unit.what;
        Where = unit.where;
      }
      // lib.optionalAttrs (unit.type != "") { Type = unit.type; }
      // lib.optionalAttrs (unit.options != "") { Options = unit.options; }
      // unit.mountConfig
    );

  # Text of a section, a line a value.
  lines =
    attrs:
    lib.concatStrings (
      lib.concatLists (
        lib.mapAttrsToList (
          name: value:
          map (each: "${name}=${if lib.isBool each then lib.boolToString each else toString each}\n") (
            lib.toList value
          )
        ) attrs
      )
    );
  unitText = unit: "[Unit]\n${lines unit.unitConfig}";
  serviceText =
    unit:
    let
      search =
        lib.optionalAttrs (unit.path != [ ]) {
          PATH = lib.makeBinPath unit.path;
        }
        // lib.filterAttrs (_: value: value != null) unit.environment;
    in
    unitText unit
    + "\n[Service]\n"
    + lib.concatStrings (
      lib.mapAttrsToList (
        name: value: "Environment=${builtins.toJSON "${name}=${toString value}"}\n"
      ) search
    )
    + lines unit.serviceConfig;
  texts =
    suffix: text: set:
    lib.mapAttrs' (name: unit: lib.nameValuePair "${name}.${suffix}" (entry text unit)) set;
  entry = text: unit: {
    text = text unit;
    inherit (unit)
      enable
      wantedBy
      requiredBy
      upheldBy
      aliases
      overrideStrategy
      ;
  };
in
{
  options.systemd = {
    services = units "services" service;
    timers = units "timers" timer;
    paths = units "paths" path;
    targets = units "targets" common;
    mounts = mkOption {
      type = types.listOf (types.submodule mount);
      default = [ ];
      description = "Units: mounts.";
    };
    # Here the texts of all of them; there also an input.
    units = mkOption {
      type = types.attrsOf types.unspecified;
      default = { };
      description = "Every unit with its text, by its file's name.";
    };
    sysusers.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether systemd-sysusers makes the users.";
    };
    tmpfiles = {
      rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Lines for tmpfiles.d.";
      };
      settings = mkOption {
        type = types.attrsOf (
          types.attrsOf (
            types.attrsOf (
              types.submodule (
                { name, ... }:
                {
                  options = {
                    type = mkOption {
                      type = types.str;
                      default = name;
                    };
                    argument = mkOption {
                      type = types.str;
                      default = "";
                    };
                  }
                  // lib.genAttrs [ "mode" "user" "group" "age" ] (
                    _:
                    mkOption {
                      type = types.str;
                      default = "-";
                    }
                  );
                }
              )
            )
          )
        );
        default = { };
        description = "Files of tmpfiles.d: file, path, type.";
      };
    };
  };

  config.systemd = {
    timers = lib.mapAttrs (_: unit: {
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = unit.startAt;
    }) (lib.filterAttrs (_: unit: unit.enable && unit.startAt != [ ]) config.systemd.services);
    units =
      texts "service" serviceText config.systemd.services
      // texts "timer" (
        unit: unitText unit + "\n[Timer]\n" + lines unit.timerConfig
      ) config.systemd.timers
      // texts "path" (unit: unitText unit + "\n[Path]\n" + lines unit.pathConfig) config.systemd.paths
      // texts "target" unitText config.systemd.targets
      // lib.listToAttrs (
        map (unit: lib.nameValuePair (mountName unit.where) (entry mountText unit)) config.systemd.mounts
      );
  };
}
