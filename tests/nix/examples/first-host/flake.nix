{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    credsmith.url = "github:credsmith/credsmith";
    credsmith.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, credsmith, ... }:
    {
      nixosConfigurations.first = nixpkgs.lib.nixosSystem {
        modules = [
          credsmith.nixosModules.default
          ./configuration.nix
        ];
      };
    };
}
