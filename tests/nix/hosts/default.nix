# Hosts to evaluate modules in, where no nixpkgs is: the options of NixOS, home-manager and
# nix-darwin that sops-nix and credsmith use, typed as theirs are, with the real sops-nix.
#
#   (import ./hosts { inherit lib pkgs sopsNix; }).nixos [ module … ]
#
# gives what `lib.nixosSystem` gives: { config, options, … }.
{
  lib,
  pkgs,
  # The tree of sops-nix.
  sopsNix,
}:
let
  evaluate =
    class: modules:
    lib.evalModules {
      inherit class;
      modules = [
        ./common.nix
        { _module.args = { inherit pkgs; }; }
      ]
      ++ modules;
    };

  # sops-nix builds its program with a Go from nixpkgs; here a name stands for it.
  program = pkgs.writeTextDir "bin/sops-install-secrets" "stands for sops-install-secrets";
  standIn = {
    key = "stands for sops-install-secrets";
    sops.package = lib.mkDefault program;
  };
in
rec {
  # The bare host; a case that is about the import of sops-nix starts here.
  bare = {
    nixos = modules: evaluate "nixos" ([ ./nixos.nix ] ++ modules);
    home = modules: evaluate "homeManager" ([ ./home.nix ] ++ modules);
    darwin = modules: evaluate "darwin" ([ ./darwin.nix ] ++ modules);
  };

  sops = {
    nixos.imports = [
      (sopsNix + "/modules/sops")
      standIn
    ];
    home.imports = [
      (sopsNix + "/modules/home-manager/sops.nix")
      standIn
    ];
    darwin.imports = [
      (sopsNix + "/modules/nix-darwin")
      standIn
    ];
  };

  nixos = modules: bare.nixos ([ sops.nixos ] ++ modules);
  home = modules: bare.home ([ sops.home ] ++ modules);
  darwin = modules: bare.darwin ([ sops.darwin ] ++ modules);
}
