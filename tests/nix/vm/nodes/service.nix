# A service with a user of its own for each start, which writes down what it got.
{ pkgs, ... }:
{
  imports = [ ./host.nix ];

  credsmith.services.probe.profile = "ci";

  systemd.services.probe = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      RuntimeDirectory = "probe";
      ExecStart = pkgs.writeShellScript "probe" ''
        set -eu
        ${pkgs.gnugrep}/bin/grep aws_access_key_id "$AWS_SHARED_CREDENTIALS_FILE" >/run/probe/key
        ${pkgs.coreutils}/bin/env >/run/probe/environment
        exec ${pkgs.coreutils}/bin/sleep infinity
      '';
    };
  };
}
