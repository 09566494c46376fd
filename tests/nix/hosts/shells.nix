# The init texts of shells, which NixOS and nix-darwin name alike.
{ lib, ... }:
let
  inherit (lib) mkOption types;

  shell =
    enabled: more:
    {
      enable = mkOption {
        type = types.bool;
        default = enabled;
      };
      shellInit = mkOption {
        type = types.lines;
        default = "";
      };
      loginShellInit = mkOption {
        type = types.lines;
        default = "";
      };
      interactiveShellInit = mkOption {
        type = types.lines;
        default = "";
      };
      promptInit = mkOption {
        type = types.lines;
        default = "";
      };
    }
    // more;
  completion.enable = mkOption {
    type = types.bool;
    default = true;
  };
in
{
  options.programs = {
    bash = shell true { inherit completion; };
    zsh = shell false {
      enableCompletion = completion.enable;
    };
    fish = shell false { vendor.completions = completion; };
  };
}
