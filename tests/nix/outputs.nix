# What the flake's outputs come to on the hosts that the tests declare: { name = [ failed … ]; … }.
{
  lib,
  pkgs,
  sopsNix,
  root,
  # A folder that the template was put in, and that has a secrets file now.
  started,
}:
let
  hosts = import ./hosts { inherit lib pkgs sopsNix; };

  inputs = {
    nixpkgs = {
      lib = lib // {
        nixosSystem = { modules, system }: hosts.bare.nixos (modules ++ [ (others system) ]);
      };
      legacyPackages.${pkgs.system} = pkgs;
    };
    sops-nix = {
      nixosModules.sops = sopsNix + "/modules/sops";
      homeManagerModules.sops = sopsNix + "/modules/home-manager/sops.nix";
      darwinModules.sops = sopsNix + "/modules/nix-darwin";
    };
  };
  flake = (import (root + "/flake.nix")).outputs (
    inputs
    // {
      self = flake // {
        packages.${pkgs.system}.default = program;
      };
    }
  );
  # The program is another test's concern.
  program = pkgs.writeShellScriptBin "credsmith" "stands for credsmith";

  # The same tree at another place, as a second input is.
  second = builtins.path {
    path = sopsNix;
    name = "second-sops-nix";
  };

  given = {
    credsmith = {
      enable = true;
      package = program;
      secretsFile = root + "/secrets/aws.yaml";
    };
    sops.package = pkgs.writeTextDir "bin/sops-install-secrets" "";
  };
  ssh.services.openssh.enable = true;
  key.sops.age.keyFile = "/home/dev/.config/sops/age/keys.txt";

  # What credsmith has nothing to do with, and the template sets.
  others = system: {
    options.system.stateVersion = lib.mkOption { };
    config.sops.package = lib.mkDefault (pkgs.writeTextDir "bin/sops-install-secrets" system);
  };

  seen =
    { config, ... }:
    {
      failed = map (each: each.message) (lib.filter (each: !each.assertion) config.assertions);
      secrets = lib.attrNames config.sops.secrets;
    };
  nixos =
    modules:
    seen (
      hosts.bare.nixos (
        modules
        ++ [
          given
          ssh
        ]
      )
    );
  home =
    modules:
    seen (
      hosts.bare.home (
        modules
        ++ [
          given
          key
        ]
      )
    );
  darwin =
    modules:
    seen (
      hosts.bare.darwin (
        modules
        ++ [
          given
          ssh
        ]
      )
    );

  template =
    folder:
    let
      outputs = (import (folder + "/flake.nix")).outputs {
        inherit (inputs) nixpkgs;
        credsmith = flake // {
          packages.${pkgs.system}.default = program;
        };
      };
    in
    seen outputs.nixosConfigurations.example
    // {
      shell = outputs.devShells.${pkgs.system}.default.shellHook;
    };
in
{
  works = {
    hosts = {
      "nixosModules.default" = nixos [ flake.nixosModules.default ];
      "nixosModules.credsmith beside sops-nix" = nixos [
        flake.nixosModules.credsmith
        inputs.sops-nix.nixosModules.sops
      ];
      "nixosModules.default twice" = nixos [
        flake.nixosModules.default
        { imports = [ flake.nixosModules.default ]; }
      ];
      "nixosModules.default and sops-nix from the same source" = nixos [
        inputs.sops-nix.nixosModules.sops
        flake.nixosModules.default
      ];
      "nixosModules.default before sops-nix from the same source" = nixos [
        flake.nixosModules.default
        inputs.sops-nix.nixosModules.sops
        flake.nixosModules.credsmith
      ];
      "homeModules.default" = home [ flake.homeModules.default ];
      "homeManagerModules.credsmith beside sops-nix" = home [
        flake.homeManagerModules.credsmith
        inputs.sops-nix.homeManagerModules.sops
      ];
      "homeModules.default and sops-nix from the same source" = home [
        inputs.sops-nix.homeManagerModules.sops
        flake.homeModules.default
      ];
      "darwinModules.default" = darwin [ flake.darwinModules.default ];
      "darwinModules.credsmith beside sops-nix" = darwin [
        flake.darwinModules.credsmith
        inputs.sops-nix.darwinModules.sops
      ];
    };

    # Before `credsmith init` there is no secrets file, and the host evaluates as well.
    template = {
      before = template (root + "/templates/default");
      after = template started;
    };

    lib = {
      loader =
        (flake.lib.mkLoader {
          inherit pkgs;
          package = program;
          manifest.version = 1;
        }).name;
      hook = lib.isString (flake.lib.devShellHook { });
    };
    overlay = (pkgs.extend flake.overlays.default).credsmith.pname;
  };

  # Each fails, and says what to do.
  twoSources = {
    nixos = nixos [
      flake.nixosModules.default
      (second + "/modules/sops")
    ];
    home = home [
      flake.homeModules.default
      (second + "/modules/home-manager/sops.nix")
    ];
    darwin = darwin [
      flake.darwinModules.default
      (second + "/modules/nix-darwin")
    ];
  };

}
