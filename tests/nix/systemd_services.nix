# A host with two services that are given credentials, before and after its secrets changed, in both
# of sops-nix's ways to install them: script-first, script-second, systemd-first, systemd-second.
{
  lib,
  pkgs,
  sopsNix,
  program,
  # Encrypted: AWS credentials twice, and other secrets.
  first,
  second,
  tokens,
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
  # Says what it was given, and stays.
  service = {
    wantedBy = [ "multi-user.target" ];
    script = ''
      echo "model $ANTHROPIC_MODEL"
      cat "$AWS_SHARED_CREDENTIALS_FILE" "$AWS_CONFIG_FILE" >/dev/null
      exec sleep infinity
    '';
  };
  withSecrets = way: file: [
    {
      users.users = {
        dev.isNormalUser = true;
        ledger = {
          isSystemUser = true;
          group = "ledger";
        };
      };
      users.groups.ledger = { };
      sops.useSystemdActivation = way == "systemd";
      systemd.services = {
        # No user of its own before it starts, and none after.
        billing = service // {
          serviceConfig.DynamicUser = true;
        };
        ledger = service // {
          serviceConfig.User = "ledger";
        };
        bystander = service // {
          script = "exec sleep infinity";
        };
      };
      credsmith = {
        enable = true;
        secretsFile = /. + file;
        ageKeyFile = "/var/lib/sops-nix/key.txt";
        secrets.oauth-token = {
          file = /. + tokens;
          key = "oauth_token";
        };
        # Each of these characters means something to systemd.
        secrets."oauth:100%n-token" = {
          file = /. + tokens;
          key = "oauth_token";
        };
        services = {
          billing = {
            profile = "production";
            secrets = [
              "oauth-token"
              "oauth:100%n-token"
            ];
            model = "us.anthropic.claude-constant";
            restartSec = 1;
          };
          ledger.restartSec = "1s";
        };
      };
    }
  ];
  ways = way: {
    "${way}-first" = host "${way}-first" (withSecrets way first);
    "${way}-second" = host "${way}-second" (withSecrets way second);
  };
in
ways "script" // ways "systemd"
