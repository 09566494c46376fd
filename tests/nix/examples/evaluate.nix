# What the examples come to: their flakes with our own as an input, their modules on the hosts that
# the tests declare.
{
  lib,
  pkgs,
  sopsNix,
  root,
}:
let
  # A program that the examples run.
  more = pkgs.extend (_: _: { awscli2 = pkgs.writeShellScriptBin "aws" ""; });
  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "aarch64-darwin"
  ];

  evaluate =
    class: host:
    {
      modules,
      specialArgs ? { },
      ...
    }:
    lib.evalModules {
      inherit class specialArgs;
      modules = [
        ../hosts/common.nix
        host
        { _module.args.pkgs = more; }
        { sops.package = lib.mkDefault (pkgs.writeTextDir "bin/sops-install-secrets" ""); }
      ]
      ++ modules;
    };
  # What the examples set and credsmith has nothing to do with.
  others = names: {
    options = lib.foldr lib.recursiveUpdate { } (
      map (name: lib.setAttrByPath name (lib.mkOption { type = lib.types.unspecified; })) names
    );
  };

  inputs = {
    nixpkgs = {
      lib = lib // {
        nixosSystem = evaluate "nixos" ../hosts/nixos.nix;
      };
      legacyPackages = lib.genAttrs systems (_: more);
    };
    sops-nix = {
      nixosModules.sops = sopsNix + "/modules/sops";
      homeManagerModules.sops = sopsNix + "/modules/home-manager/sops.nix";
      homeModules.sops = sopsNix + "/modules/home-manager/sops.nix";
      darwinModules.sops = sopsNix + "/modules/nix-darwin";
    };
    home-manager.lib.homeManagerConfiguration = evaluate "homeManager" {
      imports = [
        ../hosts/home.nix
        (others [
          [
            "home"
            "stateVersion"
          ]
        ])
      ];
    };
    nix-darwin.lib.darwinSystem = evaluate "darwin" {
      imports = [
        ../hosts/darwin.nix
        (others [
          [
            "nixpkgs"
            "hostPlatform"
          ]
          [
            "system"
            "stateVersion"
          ]
        ])
      ];
    };
    credsmith = (import (root + "/flake.nix")).outputs {
      self = inputs.credsmith // {
        outPath = root;
      };
      inherit (inputs) nixpkgs sops-nix;
    };
  };
  flake = folder: (import (folder + "/flake.nix")).outputs inputs;
  module =
    file:
    inputs.nixpkgs.lib.nixosSystem {
      modules = [
        inputs.credsmith.nixosModules.default
        file
      ];
    };

  secretsOf = config: lib.mapAttrs (_: each: each.key) config.sops.secrets;
  seen = config: {
    failed = map (each: each.message) (lib.filter (each: !each.assertion) config.assertions);
    inherit (config) warnings;
    secrets = secretsOf config;
  };
  nixos =
    { config, ... }:
    seen config
    // {
      etc = lib.attrNames config.environment.etc;
      members = config.users.groups.credsmith.members or [ ];
      manifest = config.system.build.sops-nix-manifest.drvPath;
      keyFile = config.sops.age.keyFile;
      sshKeys = map toString config.sops.age.sshKeyPaths;
      bash = config.programs.bash.interactiveShellInit;
    };
in
{
  nixos = nixos (flake ./nixos).nixosConfigurations.host;
  first-host = nixos (flake ./first-host).nixosConfigurations.first;
  from-sops-nix = nixos (flake ./from-sops-nix).nixosConfigurations.host;
  from-sops-nix-before = nixos (
    inputs.nixpkgs.lib.nixosSystem {
      modules = [
        inputs.sops-nix.nixosModules.sops
        ./from-sops-nix/before.nix
      ];
    }
  );
  from-agenix = nixos (module ./from-agenix/after.nix);
  from-agenix-before =
    (inputs.nixpkgs.lib.nixosSystem {
      modules = [
        inputs.sops-nix.nixosModules.sops
        ./from-agenix/before.nix
        {
          options.age.secrets = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }:
                {
                  freeformType = lib.types.attrsOf lib.types.unspecified;
                  options.path = lib.mkOption { default = "/run/agenix/${name}"; };
                }
              )
            );
          };
        }
      ];
    }).config.programs.bash.interactiveShellInit;
  from-the-guide = nixos (module ./from-the-guide/after.nix);
  from-the-guide-before = nixos (
    inputs.nixpkgs.lib.nixosSystem {
      modules = [
        inputs.sops-nix.nixosModules.sops
        ./from-the-guide/before.nix
      ];
    }
  );
  runtime-file = nixos (module ./runtime-file/configuration.nix);
  key-file = nixos (module ./key-file/configuration.nix);
  service =
    let
      host = module ./service/configuration.nix;
    in
    nixos host // { unit = host.config.systemd.services.billing.serviceConfig; };
  health =
    let
      host = module ./health/configuration.nix;
    in
    nixos host // { unit = host.config.systemd.timers.credsmith-verify.timerConfig; };
  home-manager =
    let
      inherit ((flake ./home-manager).homeConfigurations.dev) config;
    in
    seen config
    // {
      files = lib.attrNames config.xdg.configFile;
      bash = config.programs.bash.initExtra;
    };
  darwin =
    let
      inherit ((flake ./darwin).darwinConfigurations.mac) config;
    in
    seen config // { etc = lib.attrNames config.environment.etc; };
  devshell = (flake ./devshell).devShells.x86_64-linux.default.drvPath;
}
