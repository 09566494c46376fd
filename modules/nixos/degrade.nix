# At boot, what can be installed is: a program in front of sops-install-secrets.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (pkgs.stdenv) buildPlatform hostPlatform;

  # What degrade.sh needs besides the two programs.
  tools = lib.makeBinPath [
    pkgs.bash
    pkgs.coreutils
    pkgs.util-linux
  ];

  # `unwrapped` is the package itself, for what is no boot.
  inFrontOf =
    real:
    pkgs.writeTextFile {
      name = "${lib.getName real}-or-the-rest";
      executable = true;
      destination = "/bin/sops-install-secrets";
      text = ''
        #!${pkgs.runtimeShell}
        real=${real}/bin/sops-install-secrets
        credsmith=${cfg.package}/bin/credsmith
        tools=${tools}
        ${builtins.readFile ./degrade.sh}'';
    }
    // {
      unwrapped = real;
    };
in
{
  # Whatever package the host chooses, ours goes in front of it.
  options.sops.package = lib.mkOption {
    apply = real: if cfg.enable && cfg.degrade then inFrontOf real else real;
  };

  # A file is checked by the real program, when the system is built. Where that is done on another
  # platform, sops-nix has one of that platform's.
  config = lib.optionalAttrs (options ? sops.validationPackage) (
    lib.mkIf (cfg.enable && cfg.degrade && buildPlatform == hostPlatform) {
      sops.validationPackage = lib.mkDefault config.sops.package.unwrapped;
    }
  );
}
