{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    credsmith.url = "github:credsmith/credsmith";
    credsmith.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, credsmith, ... }:
    let
      forAllSystems = nixpkgs.lib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
    in
    {
      devShells = forAllSystems (system: {
        default = nixpkgs.legacyPackages.${system}.mkShell {
          packages = [ credsmith.packages.${system}.default ];
          shellHook = credsmith.lib.devShellHook { secretsFile = ./secrets/aws.yaml; };
        };
      });
    };
}
