# credsmith for NixOS. Beside it has to be sops-nix, which `nixosModules.default` brings.
{
  lib,
  options,
  config,
  ...
}:
let
  inherit (config.credsmith) resolved;
  mistakes = import ./nixos/mistakes.nix { inherit lib; };
in
{
  _file = ./nixos.nix;
  key = "credsmith/nixos.nix";

  imports = [
    (import ./common.nix { platform = "nixos"; })
    ./direnv/system.nix
    ./keys.nix
    ./nixos/access.nix
    ./nixos/claude.nix
    ./nixos/degrade.nix
    ./nixos/health.nix
    ./nixos/runtime.nix
    ./nixos/secrets.nix
    ./nixos/services.nix
    ./nixos/shells.nix
  ];

  config = lib.mkIf config.credsmith.enable {
    assertions = [
      {
        assertion = options ? sops.secrets;
        message = mistakes.withoutSops;
      }
    ]
    ++ map (mistake: {
      assertion = false;
      inherit (mistake) message;
    }) resolved.mistakes;
    inherit (resolved) warnings;
  };
}
