# `use credsmith` for everyone, where the host has direnv.
{ config, lib, ... }:
{
  config = lib.mkIf (config.credsmith.enable && config.programs.direnv.enable or false) {
    environment.etc."direnv/lib/credsmith.sh".source = ./credsmith.sh;
  };
}
