{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    nix-darwin.url = "github:nix-darwin/nix-darwin";
    nix-darwin.inputs.nixpkgs.follows = "nixpkgs";
    credsmith.url = "github:credsmith/credsmith";
    credsmith.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nix-darwin, credsmith, ... }:
    {
      darwinConfigurations.mac = nix-darwin.lib.darwinSystem {
        modules = [
          credsmith.darwinModules.default
          ./configuration.nix
        ];
      };
    };
}
