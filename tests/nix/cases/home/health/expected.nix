{ built, exactly, ... }:
{
  systemd.user = {
    services.credsmith-verify = {
      Unit = {
        After = exactly [ "sops-nix.service" ];
        OnFailure = exactly [ "notify.service" ];
      };
      Service = {
        Type = "oneshot";
        ExecStart = built "credsmith-health";
        SuccessExitStatus = 7;
      };
    };
    timers.credsmith-verify = {
      Timer = {
        OnCalendar = "daily";
        Persistent = true;
      };
      Install.WantedBy = exactly [ "timers.target" ];
    };
  };
}
