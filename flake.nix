{
  description = "AWS, Bedrock and Claude credentials from an encrypted file in git to every shell, service and container";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    sops-nix = {
      url = "github:Mic92/sops-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      sops-nix,
    }:
    let
      inherit (nixpkgs) lib;

      eachSystem =
        f:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
          "x86_64-darwin"
          "aarch64-darwin"
        ] (system: f nixpkgs.legacyPackages.${system});

      # `default` brings sops-nix; `credsmith` is for hosts that import it themselves.
      pair = output: sops: module: {
        credsmith = module;
        default = {
          _file = ./flake.nix;
          key = "credsmith/flake.nix#${output}.default";
          imports = [
            (import ./modules/sops_nix.nix { inherit lib output; } sops)
            module
          ];
        };
      };
    in
    {
      packages = eachSystem (
        pkgs:
        let
          credsmith = pkgs.callPackage ./modules/package.nix { };
        in
        {
          inherit credsmith;
          default = credsmith;
        }
      );

      overlays.default = final: _: { credsmith = final.callPackage ./modules/package.nix { }; };

      nixosModules = pair "nixosModules" sops-nix.nixosModules.sops ./modules/nixos.nix;
      homeModules = pair "homeModules" sops-nix.homeManagerModules.sops ./modules/home.nix;
      homeManagerModules = self.homeModules;
      darwinModules = pair "darwinModules" sops-nix.darwinModules.sops ./modules/darwin.nix;

      lib = {
        inherit (import ./modules/lib { inherit lib; }) mkLoader;
        devShellHook = import ./modules/devshell.nix;
      };

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.age
            pkgs.deno
            pkgs.dash
            pkgs.fish
            pkgs.git
            pkgs.nixfmt-tree
            pkgs.shellcheck
            pkgs.sops
            pkgs.zsh
          ];
        };
      });

      apps = eachSystem (
        pkgs:
        let
          package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        in
        {
          default = {
            type = "app";
            program = lib.getExe package;
            meta = { inherit (package.meta) description; };
          };
          demo = {
            type = "app";
            program = lib.getExe (pkgs.callPackage ./modules/package/demo.nix { credsmith = package; });
            meta.description = "The whole life of a credential in a folder of its own, against a stand-in for AWS";
          };
        }
      );

      checks = eachSystem (
        pkgs:
        let
          package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        in
        {
          inherit package;
        }
        // package.tests
        # They need NixOS, which a stand-in for nixpkgs has not.
        // lib.optionalAttrs (pkgs.stdenv.hostPlatform.isLinux && pkgs.testers ? runNixOSTest) (
          import ./tests/nix/vm/all.nix {
            inherit pkgs;
            nixosModule = self.nixosModules.default;
            homeModule = self.homeModules.default;
          }
        )
      );

      formatter = eachSystem (pkgs: pkgs.nixfmt-tree);

      templates.default = {
        path = ./templates/default;
        description = "A NixOS host with AWS and Bedrock credentials from an encrypted file in git";
        welcomeText = ''
          # Credentials for this host

          1. `git init && git add .`: a flake sees what git knows.
          2. `nix develop`, then `credsmith init --host-key`: finds an AWS key, or asks for one, and
             encrypts it to you and to this host.
          3. Name your user in `configuration.nix`, then `sudo nixos-rebuild switch --flake .#example`.
          4. Log in again; `source /etc/load-aws-bedrock.sh` loads the credentials.
        '';
      };
    };
}
