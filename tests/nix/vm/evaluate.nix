# The scenarios, as far as they can be evaluated without NixOS: their nodes among the options that
# the tests declare, and their scripts.
{
  lib,
  pkgs,
  sopsNix,
}:
let
  hosts = import ../hosts { inherit lib pkgs sopsNix; };
  # What only NixOS and its test driver have.
  more =
    { extendModules, ... }:
    {
      options.specialisation = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submodule {
            options.configuration = lib.mkOption {
              # One of its own would go on without end; as there, it has none.
              type = (extendModules { modules = [ { specialisation = lib.mkOverride 0 { }; } ]; }).type;
              default = { };
            };
          }
        );
        default = { };
      };
      options.systemd.user.services = lib.mkOption {
        type = lib.types.attrsOf lib.types.anything;
        default = { };
      };
    };
  seen = config: {
    failed = map (each: each.message) (lib.filter (each: !each.assertion) config.assertions);
    secrets = lib.attrNames (config.sops.secrets or { });
    manifest = (config.system.build.sops-nix-manifest or { drvPath = null; }).drvPath;
    etc = map (file: "${file.source}") (lib.attrValues config.environment.etc);
    services = lib.mapAttrs (_: service: service.serviceConfig) config.systemd.services;
    specialisations = lib.mapAttrs (_: each: seen each.configuration) config.specialisation;
    user = config.systemd.user.services;
    tmpfiles = config.systemd.tmpfiles.rules;
  };
  scenarios = import ./all.nix {
    # The tests as NixOS would be given them.
    pkgs = pkgs // {
      testers.runNixOSTest = test: test;
    };
    nixosModule.imports = [
      hosts.sops.nixos
      ../../../modules/nixos.nix
    ];
    homeModule.imports = [
      hosts.sops.home
      ../../../modules/home.nix
    ];
  };
in
lib.mapAttrs' (
  name: scenario:
  lib.nameValuePair (lib.removePrefix "vm-" name) {
    script = scenario.testScript;
    nodes = lib.mapAttrs (
      _: node:
      seen
        (hosts.bare.nixos [
          more
          node
        ]).config
    ) scenario.nodes;
  }
) scenarios
