# What is asked of sops-nix, and that none of it comes to lie on a disk.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (cfg.resolved) secrets;
  inherit (config) sops;

  memoryOnly = import ../memory_only.nix { inherit lib pkgs; } {
    mountPoint = sops.defaultSecretsMountPoint;
    option = "sops.defaultSecretsMountPoint";
  };
in
{
  # Whatever program sops-nix is given stands behind the check.
  options.sops.package = lib.mkOption {
    apply = program: if cfg.enable then memoryOnly.before program else program;
  };

  # Without sops-nix there is nobody to ask; answers.nix says so.
  config = lib.optionalAttrs (options ? sops.secrets) (
    lib.mkIf cfg.enable {
      sops.secrets = lib.mapAttrs (_: secret: {
        sopsFile = secret.file;
        inherit (secret) format key;
        mode = lib.mkDefault secret.mode;
      }) secrets;

      # A path that a loader can name when it is written; another one is a mistake, below.
      credsmith.directory = lib.mkIf (lib.hasPrefix "/" sops.defaultSymlinkPath) sops.defaultSymlinkPath;

      # A switch stops before it changes anything, rather than at the service's failure.
      home.activation = lib.mkIf (secrets != { } && pkgs.stdenv.hostPlatform.isLinux) {
        credsmithMemoryOnly = {
          before = [ "writeBoundary" ];
          after = [ ];
          data = ''
            if [ -d "''${XDG_RUNTIME_DIR-}" ]; then
              ${pkgs.writeShellScript "credsmith-memory-only" memoryOnly.check} || exit 1
            fi
          '';
        };
      };

      assertions = lib.optionals (secrets != { }) [
        {
          assertion = lib.hasPrefix "/" sops.defaultSymlinkPath;
          message = ''
            sops.defaultSymlinkPath is "${sops.defaultSymlinkPath}", and a loader has to name the folder before anyone has logged in
            Give it an absolute path, such as "${config.xdg.configHome}/sops-nix/secrets", which is its default.'';
        }
        {
          assertion =
            sops.age.keyFile != null
            || sops.age.sshKeyPaths != [ ]
            || sops.gnupg.home != null
            || sops.gnupg.sshKeyPaths != [ ]
            || sops.gnupg.qubes-split-gpg.enable;
          message = ''
            Nothing opens the secrets files: no key is named
            Set credsmith.ageKeyFile = "${config.xdg.configHome}/sops/age/keys.txt"; where "credsmith init" leaves it.'';
        }
      ];
    }
  );
}
