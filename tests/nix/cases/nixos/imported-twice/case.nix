{
  bare =
    { sops, credsmith, ... }:
    [
      sops
      credsmith
      { imports = [ credsmith ]; }
      (import credsmith)
      {
        services.openssh.enable = true;
        credsmith = {
          enable = true;
          secretsFile = ../../secrets/default.yaml;
        };
      }
    ];
}
