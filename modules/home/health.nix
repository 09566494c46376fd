# Checks the credentials from time to time, as the user.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (cfg) health resolved;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;
  isOn = health.enable && resolved.loader != null;

  inherit (import ../health_plan.nix { inherit lib pkgs cfg; }) plan assertions;
  check = pkgs.writeShellScript "credsmith-health" ''
    ${pkgs.coreutils}/bin/mkdir -p ${lib.escapeShellArg health.directory} &&
      exec ${lib.getExe cfg.package} verify --health ${plan} --no-invoke --json >/dev/null
  '';

  # What launchd has for the words that systemd has.
  whens = {
    hourly.Minute = 0;
    daily = {
      Hour = 9;
      Minute = 0;
    };
    weekly = {
      Weekday = 1;
      Hour = 9;
      Minute = 0;
    };
  };
in
{
  config = lib.mkIf (cfg.enable && isOn) {
    systemd.user = lib.mkIf (!isDarwin) {
      services.credsmith-verify = {
        Unit = {
          Description = "Check the AWS credentials";
          # Not before there are any, and not in vain where installing them failed.
          After = [ "sops-nix.service" ];
          OnFailure = health.onFailure;
        };
        Service = {
          Type = "oneshot";
          ExecStart = "${check}";
          # No network, or throttled: the next run tells.
          SuccessExitStatus = 7;
          TimeoutStartSec = 300;
          NoNewPrivileges = true;
          UMask = "0022";
        };
      };
      timers.credsmith-verify = {
        Unit.Description = "Check the AWS credentials";
        Timer = {
          OnCalendar = health.interval;
          # Not all machines at once, and at the next login what was missed.
          RandomizedDelaySec = 300;
          Persistent = true;
        };
        Install.WantedBy = [ "timers.target" ];
      };
    };

    launchd.agents.credsmith-verify = lib.mkIf isDarwin {
      enable = true;
      config = {
        ProgramArguments = [ "${check}" ];
        ProcessType = "Background";
        StartCalendarInterval = [ whens.${health.interval} or { Minute = 0; } ];
        StandardErrorPath = "${config.home.homeDirectory}/Library/Logs/credsmith-verify.log";
      };
    };

    assertions =
      assertions
      ++ lib.optionals isDarwin [
        {
          assertion = whens ? ${health.interval};
          message = ''
            credsmith.health.interval is "${health.interval}", which launchd does not know
            Choose one of "hourly", "daily" and "weekly".'';
        }
        {
          assertion = health.onFailure == [ ];
          message = ''
            credsmith.health.onFailure names units of systemd, and there are none on macOS
            Leave it out. ~/Library/Logs/credsmith-verify.log says what is wrong.'';
        }
      ];
  };
}
