{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    sops-nix.url = "github:Mic92/sops-nix";
    sops-nix.inputs.nixpkgs.follows = "nixpkgs";
    credsmith.url = "github:credsmith/credsmith";
    credsmith.inputs.nixpkgs.follows = "nixpkgs";
    credsmith.inputs.sops-nix.follows = "sops-nix";
  };

  outputs =
    {
      nixpkgs,
      sops-nix,
      credsmith,
      ...
    }:
    {
      nixosConfigurations.host = nixpkgs.lib.nixosSystem {
        modules = [
          sops-nix.nixosModules.sops
          credsmith.nixosModules.credsmith # without sops-nix, which is there already
          ./after.nix
        ];
      };
    };
}
