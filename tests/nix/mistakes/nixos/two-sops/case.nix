# Our default module brings its sops-nix, and the host imports another.
{
  bare =
    {
      lib,
      sopsNix,
      credsmith,
      ...
    }:
    [
      (import ../../../../../modules/sops_nix.nix {
        inherit lib;
        output = "nixosModules";
      } (sopsNix + "/modules/sops"))
      credsmith
      (builtins.path {
        name = "another-sops-nix";
        path = sopsNix + "/modules/sops";
      })
      {
        credsmith = {
          enable = true;
          secretsFile = ../../../cases/secrets/default.yaml;
        };
      }
    ];
}
