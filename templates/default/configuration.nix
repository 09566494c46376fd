{ lib, ... }:
{
  # Of your own host: what nixos-generate-config wrote.
  imports = lib.optional (builtins.pathExists ./hardware-configuration.nix) ./hardware-configuration.nix;

  networking.hostName = "example";
  users.users.dev.isNormalUser = true;

  # Makes /etc/ssh/ssh_host_ed25519_key, with which this host opens the secrets file at boot.
  services.openssh.enable = true;

  credsmith = {
    # True once `credsmith init` has made the file, and git knows it.
    enable = builtins.pathExists ./secrets/aws.yaml;
    secretsFile = ./secrets/aws.yaml;
    users = [ "dev" ];
  };

  system.stateVersion = "26.05";
}
