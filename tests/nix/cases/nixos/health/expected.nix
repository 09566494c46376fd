{
  exactly,
  has,
  lib,
  that,
  ...
}:
{
  users.users.credsmith-health = {
    isSystemUser = true;
    group = "credsmith";
  };
  systemd = {
    timers.credsmith-verify = {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = "*-*-* 06:00:00";
        OnBootSec = "1min";
      };
    };
    services.credsmith-verify = {
      onFailure = [ "notify-admin.service" ];
      after = has [ "sops-install-secrets.service" ];
      requires = exactly [ ];
      serviceConfig = {
        ExecStart = that "a check without invoking a model" (
          lib.hasInfix "/bin/credsmith verify --json --no-invoke --health /nix/store/"
        );
        SuccessExitStatus = [ 7 ];
        User = "credsmith-health";
        Group = "credsmith";
        RuntimeDirectory = "credsmith";
        RuntimeDirectoryMode = "0755";
        RuntimeDirectoryPreserve = true;
        NoNewPrivileges = true;
      };
    };
  };
}
