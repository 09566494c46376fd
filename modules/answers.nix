# What is wrong with a configuration, as the module system takes it: that sops-nix is absent, and
# each mistake of `credsmith.resolved`.
{
  # "nixosModules", of this flake and of sops-nix.
  output,
  ofSops ? output,
  # "host" or "home".
  what ? "host",
}:
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (config.credsmith) resolved;
in
{
  _file = ./answers.nix;
  key = "credsmith/answers.nix";

  config = lib.mkIf config.credsmith.enable {
    assertions = [
      {
        assertion = options.sops or { } ? secrets;
        message = lib.concatStringsSep "\n" [
          "credsmith needs sops-nix, which this ${what} does not import"
          "Import credsmith.${output}.default, which brings it, in place of credsmith.${output}.credsmith; or import sops-nix.${ofSops}.sops as well."
        ];
      }
    ]
    ++ map (mistake: {
      assertion = false;
      inherit (mistake) message;
    }) resolved.mistakes;
    inherit (resolved) warnings;
  };
}
