{
  bare =
    {
      lib,
      pkgs,
      sops,
      credsmith,
      ...
    }:
    [
      sops
      credsmith
      {
        _module.args.pkgs = lib.mkForce (
          pkgs
          // {
            stdenv = pkgs.stdenv // {
              hostPlatform = lib.systems.elaborate "aarch64-darwin";
              isDarwin = true;
              isLinux = false;
            };
          }
        );
        credsmith = {
          enable = true;
          secretsFile = ../../secrets/default.yaml;
          ageKeyFile = "/Users/dev/.config/sops/age/keys.txt";
          loader.autoLoad.bash = true;
          health.enable = true;
        };
        programs.bash.enable = true;
      }
    ];
}
