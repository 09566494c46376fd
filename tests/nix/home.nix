# What home-manager puts into a home, as far as a test runs it without home-manager: files, shells'
# start-up texts, the services' programs, and the check of its activation.
{
  lib,
  pkgs,
  sopsNix,
  # sops-install-secrets, built from that sops-nix.
  program,
  # Two encrypted files, one for each generation.
  first,
  second,
}:
let
  hosts = import ./hosts { inherit lib pkgs sopsNix; };
  sops-install-secrets = import ./sops_install_secrets.nix { inherit pkgs program; };
  generation =
    name: modules:
    let
      inherit
        (hosts.home (
          [
            ../../modules/home.nix
            { sops.package = lib.mkOverride 900 sops-install-secrets; }
          ]
          ++ modules
        ))
        config
        ;
      failed = lib.filter (each: !each.assertion) config.assertions;
      inherit (config.systemd.user) services;
    in
    if failed != [ ] then
      throw (lib.concatMapStringsSep "\n" (each: each.message) failed)
    else
      pkgs.linkFarm "home-${name}" (
        lib.mapAttrs' (
          file: { source, ... }: lib.nameValuePair "files/.config/${file}" source
        ) config.xdg.configFile
        // {
          ".bashrc" = pkgs.writeText "bashrc" config.programs.bash.initExtra;
          ".zshrc" = pkgs.writeText "zshrc" config.programs.zsh.initContent;
          "config.fish" = pkgs.writeText "config.fish" config.programs.fish.interactiveShellInit;
          "install" = services.sops-nix.Service.ExecStart;
          "check" = pkgs.writeShellScript "check" config.home.activation.credsmithMemoryOnly.data;
          "verify" = services.credsmith-verify.Service.ExecStart;
          # What sops-nix alone would run.
          "unguarded" = "${sops-install-secrets}/bin/sops-install-secrets";
        }
      );
  withSecrets = file: [
    {
      credsmith = {
        enable = true;
        secretsFile = /. + file;
        ageKeyFile = "/home/dev/.config/sops/age/keys.txt";
        loader.autoLoad = {
          bash = true;
          zsh = true;
          fish = true;
        };
        health.enable = true;
      };
      programs = {
        bash.enable = true;
        zsh.enable = true;
        fish.enable = true;
        direnv.enable = true;
      };
    }
  ];
  onMac = import ../../modules/memory_only.nix { inherit lib pkgs; } {
    mountPoint = "/home/dev/secrets.d";
    platform.isDarwin = true;
  };
in
{
  first = generation "first" (withSecrets first);
  second = generation "second" (withSecrets second);
  elsewhere = generation "elsewhere" (
    withSecrets first ++ [ { sops.defaultSecretsMountPoint = "/home/dev/100%%/it's $HOME"; } ]
  );
  macos = pkgs.linkFarm "home-macos" {
    check = pkgs.writeShellScript "check" onMac.check;
  };
}
