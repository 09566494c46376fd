# Secrets of an encrypted file that is on the machine, and changes there without a rebuild: a manifest
# of its own for sops-install-secrets, beside that of sops-nix, and a unit that watches the file.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (config) sops;
  inherit (cfg.resolved) runtimeSecrets;
  file = cfg.runtimeSecretsFile;
  inherit (import ./unit_text.nix { inherit lib; }) literal word;

  # Beside /run/secrets, whose generations are sops-nix's alone.
  directory = "/run/credsmith-secrets";
  unit = "credsmith-runtime-secrets";

  # Those whose profile is in the file; a service is told by the unit that renders for it.
  readersOf =
    name:
    lib.concatLists (
      lib.mapAttrsToList (
        service: profile:
        let
          renderer = "credsmith-service-${lib.replaceStrings [ "@" ] [ "-at-" ] service}";
          leaves = cfg.resolved.profiles.${toString profile} or { };
        in
        lib.optional (lib.any (leaf: leaf.name == name) (lib.attrValues leaves)) "${renderer}.service"
      ) cfg.resolved.serviceProfiles
    );

  # As sops-nix writes its own, with `keys` and `optional`: which names the file has is seen at run
  # time, by credsmith.
  manifest = pkgs.writeText "${unit}.json" (
    builtins.toJSON {
      secrets = lib.mapAttrsToList (name: secret: {
        inherit name;
        inherit (secret)
          format
          keys
          mode
          optional
          owner
          group
          ;
        key = lib.head secret.keys;
        sopsFile = secret.file;
        path = "${directory}/${name}";
        uid = 0;
        gid = 0;
        restartUnits = secret.restartUnits ++ readersOf name;
        reloadUnits = [ ];
      }) runtimeSecrets;
      templates = [ ];
      placeholderBySecretName = { };
      secretsMountPoint = "${directory}.d";
      symlinkPath = directory;
      inherit (sops) keepGenerations useTmpfs;
      gnupgHome = sops.gnupg.home;
      sshKeyPaths = sops.gnupg.sshKeyPaths;
      ageKeyFile = sops.age.keyFile;
      ageSshKeyPaths = sops.age.sshKeyPaths;
      userMode = false;
      logging = {
        keyImport = lib.elem "keyImport" sops.log;
        secretChanges = lib.elem "secretChanges" sops.log;
      };
    }
  );

  install = pkgs.writeShellScript "${unit}-install" ''
    PATH=''${PATH:+$PATH:}${
      lib.makeBinPath [
        pkgs.bash
        pkgs.coreutils
        pkgs.util-linux
      ]
    }
    HOME=/var/empty
    export PATH HOME
    exec ${cfg.package}/bin/credsmith install-runtime-secrets \
      --program=${sops.package.unwrapped or sops.package}/bin/sops-install-secrets ${manifest}
  '';

  keys =
    lib.optional (sops.gnupg.home != null) sops.gnupg.home
    ++ sops.gnupg.sshKeyPaths
    ++ lib.optional (sops.age.keyFile != null) sops.age.keyFile
    ++ sops.age.sshKeyPaths;
in
{
  config = lib.optionalAttrs (options ? sops.secrets) (
    lib.mkIf (cfg.enable && file != null) {
      credsmith.directory = directory;

      assertions = [
        {
          assertion = cfg.secretsFiles == [ ];
          message = lib.concatStringsSep "\n" [
            "credsmith.runtimeSecretsFile and credsmith.secretsFile are both set, and a loader reads one folder"
            "Keep one of them. Other secrets of the repository go into credsmith.secrets, each with its file."
          ];
        }
        {
          assertion = keys != [ ];
          message = lib.concatStringsSep "\n" [
            "Nothing opens credsmith.runtimeSecretsFile: this host has no key"
            "Set services.openssh.enable, whose host key serves, or credsmith.ageKeyFile."
          ];
        }
      ];

      # sops-nix makes one only where it has secrets of its own.
      system.activationScripts.credsmith-age-key =
        lib.mkIf (sops.age.generateKey && sops.secrets == { })
          (
            let
              key = lib.escapeShellArg sops.age.keyFile;
            in
            ''
              if [ ! -f ${key} ]; then
                echo generating machine-specific age key...
                mkdir -p "$(dirname ${key})"
                ${pkgs.age}/bin/age-keygen -o ${key}
              fi
            ''
          );

      systemd.services = {
        ${unit} = {
          description = "Secrets of ${literal file}";
          wantedBy = [ "sysinit.target" ];
          before = [ "sysinit.target" ];
          after = [
            "local-fs.target"
            "systemd-sysusers.service"
            "userborn.service"
          ];
          unitConfig = {
            DefaultDependencies = "no";
            RequiresMountsFor = map word ([ file ] ++ keys);
          };
          # Each change counts, however many there are.
          startLimitIntervalSec = 0;
          environment = sops.environment // {
            SOPS_RESTART_UNITS_VIA_SYSTEMCTL = "1";
          };
          path = sops.age.plugins;
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = "${install}";
            # The boot waits for this, and whoever may change the file need not be root.
            TimeoutStartSec = "2min";
            MemoryMax = "1G";
          };
        };

        # A unit that is active is not started by the one that watches.
        "${unit}-again" = {
          description = "Secrets of ${literal file}, which has changed";
          startLimitIntervalSec = 0;
          serviceConfig = {
            Type = "oneshot";
            # Not waited for: what changes meanwhile would not be seen.
            ExecStart = "${pkgs.systemd}/bin/systemctl restart --no-block ${unit}.service";
          };
        };
      };

      systemd.paths.${unit} = {
        description = "Watch ${literal file}";
        wantedBy = [ "paths.target" ];
        pathConfig = {
          PathChanged = literal file;
          Unit = "${unit}-again.service";
        };
      };
    }
  );
}
