# What is asked of sops-nix: a file for each secret, and the keys that open them.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.credsmith;
  inherit (cfg.resolved) secrets;
  inherit (config.sops) age;

  # A Nix path is copied into the store as soon as it becomes text, wherever it lies now.
  inStore = path: builtins.isPath path || lib.hasPrefix "${builtins.storeDir}/" path;
  named = path: ''"${if builtins.isPath path then toString path else path}"'';

  privateKeys =
    lib.optional (age.keyFile != null) {
      option = "sops.age.keyFile";
      path = age.keyFile;
    }
    ++ map (path: {
      option = "sops.age.sshKeyPaths";
      inherit path;
    }) age.sshKeyPaths;
in
{
  # Without sops-nix there is nobody to ask; nixos.nix says so.
  config = lib.optionalAttrs (options ? sops) (
    lib.mkIf cfg.enable {
      sops = {
        # What makes a secret ours is fixed; who may read it can be set there as well.
        secrets = lib.mapAttrs (_: secret: {
          sopsFile = secret.file;
          inherit (secret) format key restartUnits;
          mode = lib.mkDefault secret.mode;
          owner = lib.mkDefault secret.owner;
          group = lib.mkDefault secret.group;
        }) secrets;

        age = {
          keyFile = lib.mkIf (cfg.ageKeyFile != null) (lib.mkDefault cfg.ageKeyFile);
          sshKeyPaths = lib.mkIf (cfg.sshHostKeys != null) cfg.sshHostKeys;
          generateKey = lib.mkIf cfg.generateKey true;
        };

        # With one generation, the files that a loader is reading vanish when it is replaced.
        keepGenerations = lib.mkDefault 2;
      };

      # Units that are given credentials start after sysinit.target, and sops-nix 2026-06 does not
      # make that wait.
      systemd.services.sops-install-secrets =
        lib.mkIf (secrets != { } && config.sops.useSystemdActivation or false)
          {
            before = [ "sysinit.target" ];
          };

      assertions =
        map (key: {
          assertion = !inStore key.path;
          message = ''
            Cannot take the private key ${named key.path} in ${key.option}: it is, or would be, in the Nix store, where everyone can read it
              put it on the machine and name its path in quotes, such as "/var/lib/sops-nix/key.txt"; if it was ever built, replace it'';
        }) privateKeys
        ++ [
          {
            assertion = cfg.ageKeyFile == null || age.keyFile == cfg.ageKeyFile;
            message = ''
              Cannot use two age key files: credsmith.ageKeyFile is ${named cfg.ageKeyFile}, sops.age.keyFile is ${named age.keyFile}
                put all identities into one file, and remove one of the two options'';
          }
          {
            assertion = cfg.generateKey -> age.keyFile != null;
            message = ''
              Cannot generate an age key: credsmith.generateKey is set, and credsmith.ageKeyFile is not
                credsmith.ageKeyFile = "/var/lib/sops-nix/key.txt"; names where it goes'';
          }
        ];
    }
  );
}
