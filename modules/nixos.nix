# credsmith for NixOS. Beside it has to be sops-nix, which `nixosModules.default` brings.
{
  lib,
  options,
  config,
  ...
}:
{
  _file = ./nixos.nix;
  key = "credsmith/nixos.nix";

  imports = [
    ./common.nix
    ./nixos/access.nix
    ./nixos/claude.nix
    ./nixos/secrets.nix
    ./nixos/shells.nix
  ];

  config = lib.mkIf config.credsmith.enable {
    assertions = [
      {
        assertion = options ? sops;
        message = ''
          credsmith.enable needs sops-nix, and this host does not import it
            import credsmith.nixosModules.default, which brings it, in place of
            credsmith.nixosModules.credsmith, or sops-nix.nixosModules.sops beside it'';
      }
    ];
  };
}
