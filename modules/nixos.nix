# credsmith for NixOS. Beside it has to be sops-nix, which `nixosModules.default` brings.
{
  _file = ./nixos.nix;
  key = "credsmith/nixos.nix";

  imports = [
    (import ./answers.nix { output = "nixosModules"; })
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
}
