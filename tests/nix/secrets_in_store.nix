# Everything that credsmith puts into a store, with every feature on, built: a NixOS host, a home, a
# Mac, a devShell.
{
  lib,
  pkgs,
  sopsNix,
  program,
  secretsFile,
  tokensFile,
}:
let
  hosts = import ./hosts { inherit lib pkgs sopsNix; };
  nixos = import ./real_hosts.nix {
    inherit
      lib
      pkgs
      sopsNix
      program
      ;
  };
  files = {
    enable = true;
    secretsFile = /. + secretsFile;
    variables.AWS_MAX_ATTEMPTS = "5";
    secrets.github_token = {
      file = /. + tokensFile;
      variable = "GITHUB_TOKEN";
    };
    loader = {
      olderNames = true;
      autoLoad = {
        bash = true;
        zsh = true;
        fish = true;
      };
    };
  };
  # What a platform without a system of its own has of files and texts.
  texts = name: values: pkgs.writeText name (builtins.toJSON values);
  real.sops.package = lib.mkForce (import ./sops_install_secrets.nix { inherit pkgs program; });
  built = lib.filter (file: file.enable);

  home =
    (hosts.home [
      ../../modules/home.nix
      real
      {
        credsmith = files // {
          ageKeyFile = "/home/dev/.config/sops/age/keys.txt";
        };
      }
    ]).config;
  mac =
    (hosts.darwin [
      ../../modules/darwin.nix
      real
      {
        credsmith = files // {
          ageKeyFile = "/var/lib/sops-nix/key.txt";
          claude.enable = true;
        };
      }
    ]).config;
in
{
  nixos = nixos "everything" [
    {
      services.openssh.enable = true;
      users.users.dev.isNormalUser = true;
      systemd.services.billing.serviceConfig.ExecStart = "/bin/true";
      credsmith = files // {
        users = [ "dev" ];
        ageKeyFile = "/var/lib/sops-nix/key.txt";
        generateKey = true;
        claude.enable = true;
        health.enable = true;
        services.billing = {
          profile = "production";
          secrets = [ "github_token" ];
        };
      };
    }
  ];
  runtime = nixos "runtime" [
    {
      services.openssh.enable = true;
      users.users.dev.isNormalUser = true;
      credsmith = {
        enable = true;
        runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
        profiles = [ "default" ];
        users = [ "dev" ];
        health.enable = true;
        secrets.github_token.file = /. + tokensFile;
      };
    }
  ];
  home = texts "home" {
    files = map (file: "${file.source}") (built (lib.attrValues home.xdg.configFile));
    inherit (home) systemd launchd;
    inherit (home.home) sessionVariables activation;
    bash = home.programs.bash.initExtra;
  };
  darwin = texts "darwin" {
    files = map (file: "${file.source}") (built (lib.attrValues mac.environment.etc));
    inherit (mac) launchd;
    activation = lib.mapAttrs (_: each: each.text) mac.system.activationScripts;
  };
  devshell = pkgs.mkShell {
    shellHook = import ../../modules/devshell.nix { secretsFile = /. + secretsFile; };
  };
}
