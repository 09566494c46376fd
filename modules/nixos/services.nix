# AWS credentials and other secrets for services, through systemd's credentials: readable to the
# unit's user and root.
#
# A unit of ours renders AWS's files for each service, in memory, for root alone. It is what a switch
# restarts when a value changes, and what the service follows; a service that starts before there
# are secrets fails, is tried again, and has it tried again.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (cfg) resolved services;
  parts = import ../lib { inherit lib; };
  inherit (parts) names variables;
  inherit (import ./unit_text.nix { inherit lib; }) literal word;

  # Who installs the secrets; in sops-nix's other way it is no unit, and was there before.
  installers = [
    "sops-install-secrets.service"
  ]
  ++ lib.optional (cfg.runtimeSecretsFile != null) "credsmith-runtime-secrets.service";

  folder = "/run/credsmith.d";
  # One for a template and all its instances.
  renderer = name: "credsmith-service-${lib.replaceStrings [ "@" ] [ "-at-" ] name}";
  render = pkgs.writeShellApplication {
    name = "credsmith-render-service";
    runtimeInputs = [ pkgs.coreutils ];
    text = builtins.readFile ./render_service.sh;
  };

  # The leaves of a service's profile, by field.
  leavesOf =
    name:
    let
      profile = resolved.serviceProfiles.${name};
    in
    if profile == null then { } else resolved.profiles.${profile} or { };

  credentialKeys = {
    accessKeyId = "aws_access_key_id";
    secretAccessKey = "aws_secret_access_key";
    sessionToken = "aws_session_token";
  };
  # What goes into variables, as a Bedrock API key must, since no SDK reads one from a file; a
  # constant of the unit's own goes before it.
  settings = lib.filter (each: !(credentialKeys ? ${each.field})) variables.loadedFields;
  constantsOf =
    service:
    lib.listToAttrs (
      lib.concatMap (
        each:
        let
          value =
            {
              region = service.region;
              modelId = service.model;
            }
            .${each.field} or null;
        in
        lib.optionals (value != null) (map (variable: lib.nameValuePair variable value) each.variables)
      ) settings
    );
  environmentOf = name: config.systemd.services.${name}.environment;

  wordsOf =
    name: service:
    let
      leaves = leavesOf name;
      asked =
        kind: key: leaf:
        "${kind}:${key}${lib.optionalString (leaf.optional or false) "?"}=${leaf.name}";
    in
    lib.concatLists (
      lib.mapAttrsToList (
        field: key: lib.optional (leaves ? ${field}) (asked "credentials" key leaves.${field})
      ) credentialKeys
    )
    ++ lib.optional (leaves ? region && service.region == null) (asked "config" "region" leaves.region)
    ++ lib.concatMap (
      each:
      lib.optionals (leaves ? ${each.field}) (
        map (variable: asked "environment" variable leaves.${each.field}) (
          lib.filter (variable: !(environmentOf name ? ${variable})) each.variables
        )
      )
    ) settings;

  # Every secret file that a service reads.
  filesOf =
    name: service: map (leaf: leaf.name) (lib.attrValues (usedLeaves name)) ++ service.secrets;
  usedLeaves = name: lib.filterAttrs (_: leaf: leaf.name != null) (leavesOf name);

  variableOf =
    secret:
    "${
      lib.toUpper (
        lib.concatMapStrings (part: if lib.isList part then "_" else part) (
          builtins.split "[^A-Za-z0-9_]" secret
        )
      )
    }_FILE";
  # Names may have folders in them, and what means something to systemd; credentials may not.
  credentialOf =
    secret:
    lib.concatMapStrings (part: if lib.isList part then "-" else part) (
      builtins.split "[^A-Za-z0-9_.-]" secret
    );
  pathOf = secret: config.sops.secrets.${secret}.path;
  # systemd 257 does not read back what it has written of such a path for the process that loads it.
  isUnloadable =
    secret:
    resolved.secrets ? ${secret} && builtins.match "[A-Za-z0-9@/:%_.,+=-]+" (pathOf secret) == null;

  # Of the AWS credentials, and of the names that their files have among the unit's.
  ownVariables = [
    "AWS_CONFIG_FILE"
    "AWS_SHARED_CREDENTIALS_FILE"
    "CREDSMITH_CONFIG_FILE"
    "CREDSMITH_CREDENTIALS_FILE"
  ];

  # What is unknown to every platform is said in lib/resolve.nix.
  mistakesOf =
    name: service:
    let
      option = "credsmith.services.${name}";
      quoted = lib.concatMapStringsSep ", " (each: ''"${each}"'');
      message = lib.concatStringsSep "\n";
      clashes = lib.filterAttrs (_: same: lib.length same > 1) (
        lib.groupBy variableOf (lib.unique service.secrets)
      );
    in
    lib.optional (resolved.serviceProfiles.${name} == null && resolved.profiles != { }) (message [
      "${option} names no profile, and none is the default"
      "Set ${option}.profile to one of ${quoted (lib.attrNames resolved.profiles)}."
    ])
    ++ map (
      secret:
      message [
        ''${option}.secrets names "${secret}", and "${variableOf secret}" is no name of a variable''
        "Name the secret otherwise in credsmith.secrets; its name in the file goes into its key."
      ]
    ) (lib.filter (secret: !names.isVariableName (variableOf secret)) service.secrets)
    ++ map (
      secret:
      message [
        ''${option}.secrets names "${secret}", and ${variableOf secret} is for the AWS credentials''
        "Name the secret otherwise in credsmith.secrets; its name in the file goes into its key."
      ]
    ) (lib.filter (secret: lib.elem (variableOf secret) ownVariables) (lib.unique service.secrets))
    ++ map (
      secret:
      message [
        ''${option}.secrets names "${secret}", and its path, "${pathOf secret}", is none that systemd can load a credential from''
        "Name the secret otherwise in credsmith.secrets; its name in the file goes into its key."
      ]
    ) (lib.filter (secret: isUnloadable secret) (lib.unique service.secrets))
    ++ lib.mapAttrsToList (
      variable: same:
      message [
        "${option}.secrets names ${quoted same}, and each would be ${variable}"
        "Name one of them otherwise in credsmith.secrets; its name in the file goes into its key."
      ]
    ) clashes;

  hasCommand =
    unit:
    lib.any (key: unit.serviceConfig ? ${key}) [
      "ExecStart"
      "ExecStop"
    ];
in
{
  config = lib.optionalAttrs (options ? sops.secrets) (
    lib.mkIf (cfg.enable && services != { }) {
      assertions = map (message: {
        assertion = false;
        inherit message;
      }) (lib.concatLists (lib.mapAttrsToList mistakesOf services));
      warnings = lib.concatMap (
        name:
        lib.optional
          (!(hasCommand config.systemd.services.${name}) && (config.systemd.packages or [ ]) == [ ])
          (
            lib.concatStringsSep "\n" [
              "credsmith.services.${name} gives credentials to a unit that runs nothing: systemd.services.${name} has no command"
              "Correct the name; it is that of systemd.services, without \".service\"."
            ]
          )
      ) (lib.attrNames services);

      # Not on tmpfs, which can be swapped out.
      systemd.mounts = [
        {
          description = "Credentials of services";
          what = "ramfs";
          where = folder;
          type = "ramfs";
          options = "mode=0700,nosuid,nodev,noexec";
        }
      ];

      systemd.services = lib.mkMerge (
        lib.mapAttrsToList (
          name: service:
          let
            own = "${folder}/${name}";
            # Where there are AWS credentials at all; a service may want other secrets alone.
            hasProfile = leavesOf name != { };
          in
          {
            ${renderer name} = {
              description = "Credentials of ${name}";
              after = installers;
              unitConfig.RequiresMountsFor = [ folder ];
              # A switch that stopped it would stop the service as well, and start only this one.
              stopIfChanged = false;
              # Tried as often as the service is.
              startLimitIntervalSec = 0;
              serviceConfig = {
                Type = "oneshot";
                RemainAfterExit = true;
                # Nothing in these words means anything to systemd.
                ExecStart = lib.concatStringsSep " " (
                  [
                    "${render}/bin/credsmith-render-service"
                    (word "${name}.service")
                    (word own)
                    cfg.directory
                  ]
                  ++ wordsOf name service
                );
                # It reads secret files, whoever owns them, and writes its folder.
                CapabilityBoundingSet = [ "CAP_DAC_READ_SEARCH" ];
                NoNewPrivileges = true;
                PrivateNetwork = true;
                ProtectHome = true;
                ProtectSystem = "strict";
                ReadWritePaths = [ folder ];
              };
            };

            ${name} = {
              # Its failure is no reason not to try: without its files, the unit fails and is tried
              # again, and each time it is tried as well.
              wants = [ "${renderer name}.service" ];
              partOf = [ "${renderer name}.service" ];
              after = installers ++ [ "${renderer name}.service" ];
              startLimitIntervalSec = lib.mkDefault 0;
              environment =
                lib.optionalAttrs hasProfile (
                  {
                    AWS_SHARED_CREDENTIALS_FILE = "%d/credsmith-credentials";
                    AWS_CONFIG_FILE = "%d/credsmith-config";
                  }
                  // lib.mapAttrs (_: lib.mkDefault) (variables.constants // constantsOf service)
                )
                // lib.listToAttrs (
                  map (secret: lib.nameValuePair (variableOf secret) "%d/${credentialOf secret}") service.secrets
                );
              serviceConfig = {
                LoadCredential =
                  lib.optionals hasProfile [
                    "credsmith-credentials:${literal own}/credentials"
                    "credsmith-config:${literal own}/config"
                  ]
                  ++ map (secret: "${credentialOf secret}:${literal (pathOf secret)}") (
                    lib.filter (secret: cfg.secrets ? ${secret}) service.secrets
                  );
                # Read by systemd, as root, before there is a credentials folder.
                EnvironmentFile = [ "-${literal own}/environment" ];
                Restart = lib.mkDefault "on-failure";
                RestartSec = lib.mkDefault service.restartSec;
              };
            };
          }
        ) services
      );

      sops.secrets = lib.mkMerge (
        lib.mapAttrsToList (
          name: service:
          lib.genAttrs (lib.filter (file: resolved.secrets ? ${file}) (lib.unique (filesOf name service)))
            (_: {
              restartUnits = [ "${renderer name}.service" ];
            })
        ) services
      );
    }
  );
}
