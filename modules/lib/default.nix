# Functions on data: nothing here reads an option, and only files.nix reads a file.
{ lib }:

let
  names = import ./names.nix { inherit lib; };
  variables = import ./variables.nix { inherit lib; };
  mistakes = import ./mistakes.nix { inherit lib; };
  discover = import ./discover.nix { inherit lib; };
in
{
  types = import ./types.nix { inherit lib; };
  inherit
    names
    variables
    mistakes
    discover
    ;
  files = import ./files.nix { inherit lib discover mistakes; };
  profiles = import ./profiles.nix {
    inherit
      lib
      names
      variables
      mistakes
      ;
  };
  manifest = import ./manifest.nix {
    inherit
      lib
      names
      variables
      mistakes
      ;
  };
  inherit (import ./loader.nix { inherit lib; }) mkLoader;
}
