# A host that checks its credentials every few seconds.
{
  lib,
  pkgs,
  sopsNix,
  program,
  # An encrypted file.
  secrets,
}:
let
  host = import ./real_hosts.nix {
    inherit
      lib
      pkgs
      sopsNix
      program
      ;
  };
in
host "health" [
  {
    users.users.dev.isNormalUser = true;
    systemd.services.alarm = {
      script = "echo alarm";
    };
    systemd.timers.credsmith-verify.timerConfig = {
      AccuracySec = "1ms";
      RandomizedDelaySec = 0;
    };
    credsmith = {
      enable = true;
      secretsFile = /. + secrets;
      ageKeyFile = "/var/lib/sops-nix/key.txt";
      health = {
        enable = true;
        interval = "*:*:0/2";
        onFailure = [ "alarm.service" ];
      };
    };
  }
]
