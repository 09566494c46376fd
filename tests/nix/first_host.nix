# The example of a first host, with a secrets file that was made for it.
{
  lib,
  pkgs,
  sopsNix,
  program,
  secretsFile,
}:
import ./real_hosts.nix
  {
    inherit
      lib
      pkgs
      sopsNix
      program
      ;
  }
  "first"
  [
    ./examples/first-host/configuration.nix
    { credsmith.secretsFile = lib.mkForce (/. + secretsFile); }
  ]
