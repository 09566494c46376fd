# What the NixOS module has interactive shells run, and the manifest of the loader that it names.
{
  lib,
  pkgs,
  sopsNix,
  # Where the secret files and the loaders of the test are.
  directory ? "/run/secrets",
  loaders ? "/etc",
  ...
}:
let
  hosts = import ./hosts { inherit lib pkgs sopsNix; };
  inherit
    (hosts.nixos [
      ../../modules/nixos.nix
      {
        services.openssh.enable = true;
        programs.zsh.enable = true;
        programs.fish.enable = true;
        credsmith = {
          enable = true;
          inherit directory;
          package = pkgs.writeShellScriptBin "credsmith" "stands for credsmith";
          secretsFile = ./cases/secrets/guide.yaml;
          loader.autoLoad = {
            bash = true;
            zsh = true;
            fish = true;
          };
        };
      }
    ])
    config
    ;
  built = "${config.credsmith.resolved.loader}/share/credsmith";
in
{
  inherit (config.credsmith.resolved) manifest;
  init = lib.mapAttrs (
    _: shell:
    builtins.unsafeDiscardStringContext (
      builtins.replaceStrings [ built ] [ loaders ] shell.interactiveShellInit
    )
  ) config.programs;

  # With a profile whose name is a word of the shells' grammar.
  oddly = removeAttrs (import ../../modules/auto_load.nix {
    inherit lib pkgs;
    resolved = {
      loader = "/loaders";
      manifest.profiles = lib.genAttrs [ "ci" "esac" "in" ] (_: { });
      defaultProfile = "esac";
    };
  }) [ "fish" ];
}
