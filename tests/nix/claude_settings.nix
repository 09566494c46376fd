# Claude Code's managed settings as the NixOS module writes them.
{
  lib,
  pkgs,
  sopsNix,
}:
let
  hosts = import ./hosts { inherit lib pkgs sopsNix; };
  inherit
    (hosts.nixos [
      ../../modules/nixos.nix
      {
        credsmith = {
          enable = true;
          package = pkgs.writeShellScriptBin "credsmith" "stands for credsmith";
          secretsFile = ./cases/secrets/guide.yaml;
          ageKeyFile = "/var/lib/sops-nix/key.txt";
          claude = {
            enable = true;
            profile = "production";
            model = "us.anthropic.claude-opus-4-8";
            smallModel = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
            region = "us-west-2";
          };
        };
      }
    ])
    config
    ;
in
builtins.fromJSON (
  builtins.unsafeDiscardStringContext
    config.environment.etc."claude-code/managed-settings.json".source.text
)
