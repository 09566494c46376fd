# What is asked of sops-nix: a file for each secret, and the keys that open them.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.credsmith;
  inherit (import ../lib { inherit lib; }) mistakes;
  own = import ./mistakes.nix { inherit lib; };

  inherit (cfg.resolved) secrets;
  inherit (config.sops) age;
  inherit (config.users) users;

  # A Nix path is copied into the store as soon as it becomes text, wherever it lies now.
  inStore = path: builtins.isPath path || lib.hasPrefix "${builtins.storeDir}/" path;

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
  config = lib.optionalAttrs (options ? sops.secrets) (
    lib.mkIf cfg.enable {
      sops = {
        # What makes a secret ours is fixed; who may read it can be set there as well.
        secrets = lib.mapAttrs (_: secret: {
          sopsFile = secret.file;
          inherit (secret) format key restartUnits;
          mode = lib.mkDefault secret.mode;
          owner = lib.mkDefault secret.owner;
          # Without one, sops-nix takes the owner's, and fails where it does not know the owner.
          group = lib.mkIf (secret.group != null || !users ? ${secret.owner}) (lib.mkDefault secret.group);
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
          inherit
            (mistakes.keyInStore {
              inherit (key) option;
              path = toString key.path;
            })
            message
            ;
        }) privateKeys
        ++ [
          {
            assertion = cfg.ageKeyFile == null || age.keyFile == cfg.ageKeyFile;
            message = own.twoKeyFiles {
              ours = cfg.ageKeyFile;
              theirs = toString age.keyFile;
            };
          }
        ]
        ++ lib.mapAttrsToList (name: _: {
          assertion = !config.sops.secrets.${name}.neededForUsers;
          inherit (mistakes.neededForUsers { inherit name; }) message;
        }) secrets;
    }
  );
}
