{
  bare =
    {
      sops,
      sopsNix,
      credsmith,
      ...
    }:
    [
      sops
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
