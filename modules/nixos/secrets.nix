# What is asked of sops-nix: a file for each secret.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.credsmith;
  inherit (import ../lib { inherit lib; }) mistakes;

  inherit (cfg.resolved) secrets;
  inherit (config.users) users;
in
{
  # Without sops-nix there is nobody to ask; answers.nix says so.
  config = lib.optionalAttrs (options ? sops.secrets) (
    lib.mkIf cfg.enable {
      # What makes a secret ours is fixed; who may read it can be set there as well.
      sops.secrets = lib.mapAttrs (_: secret: {
        sopsFile = secret.file;
        inherit (secret) format key restartUnits;
        mode = lib.mkDefault secret.mode;
        owner = lib.mkDefault secret.owner;
        # Without one, sops-nix takes the owner's, and fails where it does not know the owner.
        group = lib.mkIf (secret.group != null || !users ? ${secret.owner}) (lib.mkDefault secret.group);
      }) secrets;

      # Units that are given credentials start after sysinit.target, and sops-nix 2026-06 does not
      # make that wait.
      systemd.services.sops-install-secrets =
        lib.mkIf (secrets != { } && config.sops.useSystemdActivation or false)
          {
            before = [ "sysinit.target" ];
          };

      assertions = lib.mapAttrsToList (name: _: {
        assertion = !config.sops.secrets.${name}.neededForUsers;
        inherit (mistakes.neededForUsers { inherit name; }) message;
      }) secrets;
    }
  );
}
