# The tables of modules/lib, to be compared with the program's.
{
  lib,
  root,
  cases,
  ...
}:

let
  own = import (root + "/modules/lib") { inherit lib; };
  words = lib.importJSON cases;
in
{
  words = lib.genAttrs words (word: {
    variable = own.names.isVariableName word;
    reserved = own.names.isReservedName word;
    profile = own.names.isProfileName word && !own.names.isTakenProfileName word;
    credential = own.discover.isCredential [ word ];
  });

  # Whether an option for a private key takes each of these.
  keyPaths = lib.mapAttrs (_: own.types.pathOutsideStore.check) {
    text = "/var/lib/sops-nix/key.txt";
    relative = "key.txt";
    path = ./names.nix;
    interpolated = "${./names.nix}";
    stored = "${builtins.storeDir}/00000000000000000000000000000000-key.txt";
    null = null;
    list = [ "/key" ];
  };
  modes = lib.filter own.types.fileMode.check [
    "0400"
    "0440"
    "440"
    "0888"
    "rw"
    "u=r"
    "04000"
  ];
}
