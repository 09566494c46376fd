# The package of a checkout.
{
  pkgs,
  # Where it is.
  folder,
}:
let
  package = pkgs.callPackage (/. + folder + "/modules/package.nix") { };
in
{
  derivation = package.drvPath;
  dependencies = {
    inherit (package.dependencies) imports;
    inherit (package.dependencies.lock) npm;
  };
}
