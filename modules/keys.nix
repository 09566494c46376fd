# The keys that open the secrets files, as sops-nix takes them, and where private ones may not be.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.credsmith;
  inherit (import ./lib { inherit lib; }) mistakes;
  own = import ./nixos/mistakes.nix { inherit lib; };
  inherit (config.sops) age;

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
  # Without sops-nix there is nobody to ask; answers.nix says so.
  config = lib.optionalAttrs (options ? sops.secrets) (
    lib.mkIf cfg.enable {
      sops = {
        age = {
          keyFile = lib.mkIf (cfg.ageKeyFile != null) (lib.mkDefault cfg.ageKeyFile);
          sshKeyPaths = lib.mkIf (cfg.sshHostKeys != null) cfg.sshHostKeys;
          generateKey = lib.mkIf cfg.generateKey true;
        };
        # With one generation, the files that a loader is reading vanish when it is replaced.
        keepGenerations = lib.mkDefault 2;
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
        ];
    }
  );
}
