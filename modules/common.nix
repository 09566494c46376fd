# From options and secrets files to `config.credsmith.resolved`: what is to be installed, as data.
# The platform's modules put it where it belongs. Nothing is evaluated, and no file is read, until
# they ask, so a module that is not enabled costs nothing.
#
#   profiles       name -> field -> { file; format; key; name; optional; runtime; }, if with a key
#   secrets        name -> { file; format; key; mode; owner; group; restartUnits; }, for sops-nix
#   runtimeSecrets the same for what is in runtimeSecretsFile, with `keys`, of which one is there
#   private        name -> [ unit … ], of profiles that services have for themselves
#   serviceProfiles unit -> the name of its profile, or null
#   manifest       the loader's, as src/loader/manifest.ts reads it
#   loader         a derivation with the scripts in share/credsmith, or null without a profile for it
#   defaultProfile what a load without words loads, or null
#   mistakes       [ { id; message; } … ], to become assertions
#   warnings       [ string … ]
#   lifecycle      profile -> { created; rotateBy; }, to be shown
{ platform }:

{
  _file = ./common.nix;
  key = "credsmith/common.nix#${platform}";

  imports = [
    (import ./options.nix { inherit platform; })
    (
      {
        config,
        lib,
        pkgs,
        ...
      }:
      {
        _file = ./common.nix;
        config.credsmith.resolved = import ./lib/resolve.nix {
          inherit lib pkgs platform;
          cfg = config.credsmith;
        };
      }
    )
  ];
}
