{
  description = "A host with AWS and Bedrock credentials from an encrypted file in git";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    credsmith.url = "github:credsmith/credsmith";
    credsmith.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, credsmith, ... }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      nixosConfigurations.example = nixpkgs.lib.nixosSystem {
        inherit system;
        modules = [
          credsmith.nixosModules.default
          ./configuration.nix
        ];
      };

      # `nix develop`, or direnv: the program, and the credentials where they are unlocked.
      devShells.${system}.default = pkgs.mkShell {
        packages = [ credsmith.packages.${system}.default ];
        shellHook = credsmith.lib.devShellHook { secretsFile = "secrets/aws.yaml"; };
      };
    };
}
