# The host imports sops-nix, and so does our default module: of one source, they are one.
{
  bare =
    { sops, credsmith, ... }:
    [
      sops
      {
        imports = [
          sops
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
