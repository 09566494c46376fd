# One host before and after its secrets file changed, built: { first, second }.
{
  lib,
  pkgs,
  sopsNix,
  program,
  # Two encrypted files, one for each system.
  first,
  second,
}:
let
  host = import ./real_hosts.nix {
    inherit
      lib
      pkgs
      sopsNix
      program
      ;
  };
  withSecrets = file: [
    {
      users.users = {
        dev.isNormalUser = true;
        other.isNormalUser = true;
      };
      credsmith = {
        enable = true;
        secretsFile = /. + file;
        ageKeyFile = "/var/lib/sops-nix/key.txt";
        users = [ "dev" ];
      };
    }
  ];
in
{
  first = host "first" (withSecrets first);
  second = host "second" (withSecrets second);
}
