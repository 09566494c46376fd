# Checks the credentials from time to time, and leaves for all to read what was found.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (cfg) health resolved;
  inherit (import ../health_plan.nix { inherit lib pkgs cfg; }) plan assertions;

  ownUser = options.credsmith.health.user.default;
  inRun = lib.hasPrefix "/run/" health.directory;
  # It is written into lists of systemd's, and becomes the user's.
  isOwnFolder =
    builtins.match "(/[A-Za-z0-9_.-]+){2,}" health.directory != null
    && !lib.any (used: lib.hasPrefix "${used}/" "${health.directory}/") [
      "/run/secrets"
      "/run/secrets.d"
      "/run/credsmith-secrets"
      "/run/credsmith-secrets.d"
      "/run/credsmith.d"
    ];
in
{
  config = lib.mkIf (cfg.enable && health.enable && resolved.loader != null) {
    assertions = [
      {
        assertion = isOwnFolder;
        message = lib.concatStringsSep "\n" [
          "credsmith.health.directory is \"${health.directory}\", which cannot be a folder of its own for the result"
          "Name one that nothing else uses, with letters, digits and \"._-\", such as \"/run/credsmith\"."
        ];
      }
    ]
    ++ assertions;

    # A static user: what a dynamic one leaves in /run is behind a folder that nobody else enters.
    users.users = lib.mkIf (health.user == ownUser) {
      ${ownUser} = {
        isSystemUser = true;
        group = health.group;
        description = "Checks AWS credentials";
      };
    };

    systemd.timers.credsmith-verify = {
      description = "Check of the AWS credentials from time to time";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = health.interval;
        # /run was emptied, so there is no result yet.
        OnBootSec = "1min";
        RandomizedDelaySec = lib.mkDefault "1min";
      };
    };

    systemd.services.credsmith-verify = {
      description = "Check of the AWS credentials";
      after = [
        "network-online.target"
        "sops-install-secrets.service"
      ]
      ++ lib.optional (cfg.runtimeSecretsFile != null) "credsmith-runtime-secrets.service";
      wants = [ "network-online.target" ];
      inherit (health) onFailure;
      environment = {
        # Neither is there, and neither is needed.
        HOME = "/var/empty";
        DENO_DIR = "/var/empty/deno";
        AWS_EC2_METADATA_DISABLED = "true";
      };
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${cfg.package}/bin/credsmith verify --json --no-invoke --health ${plan}";
        # Temporary: no network, throttling. The next run will tell.
        SuccessExitStatus = [ 7 ];
        TimeoutStartSec = "5min";
        # The same document as in health.json; the journal gets a line for each profile.
        StandardOutput = "null";
        StandardError = "journal";

        User = health.user;
        Group = health.group;
        UMask = "0022";

        CapabilityBoundingSet = [ "" ];
        DevicePolicy = "closed";
        KeyringMode = "private";
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        # V8 asks for what it can do without, and dies of a signal where an error would do. It also
        # writes its own code, so MemoryDenyWriteExecute is out.
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
      }
      // (
        if inRun then
          {
            RuntimeDirectory = lib.removePrefix "/run/" health.directory;
            RuntimeDirectoryMode = "0755";
            RuntimeDirectoryPreserve = true;
          }
        else
          { ReadWritePaths = [ health.directory ]; }
      );
    };

    systemd.tmpfiles.settings = lib.mkIf (!inRun) {
      credsmith-health.${health.directory}.d = {
        mode = "0755";
        inherit (health) user group;
      };
    };
  };
}
