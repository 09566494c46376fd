# The host imports sops-nix, and so does our default module: of one source, they are one.
{
  bare =
    {
      lib,
      sops,
      sopsNix,
      credsmith,
      ...
    }:
    [
      sops
      {
        imports = [
          (import ../../../../../modules/sops_nix.nix {
            inherit lib;
            output = "nixosModules";
          } (sopsNix + "/modules/sops"))
          credsmith
        ];
      }
      {
        services.openssh.enable = true;
        credsmith = {
          enable = true;
          secretsFile = ../../secrets/default.yaml;
        };
      }
    ];
}
