# Hosts for trouble: secrets of two files, in both of sops-nix's ways to install them, and secrets of
# a file on the machine. The systems are script, systemd, runtime.
{
  lib,
  pkgs,
  sopsNix,
  program,
  # Encrypted, each for another key.
  aws,
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
  common = {
    users.users.dev.isNormalUser = true;
    # Says that it was given its file, and stays.
    systemd.services.billing = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.DynamicUser = true;
      script = ''
        cat "$AWS_SHARED_CREDENTIALS_FILE" >/dev/null
        exec sleep infinity
      '';
    };
    credsmith = {
      enable = true;
      ageKeyFile = "/var/lib/sops-nix/key.txt";
      users = [ "dev" ];
      services.billing.restartSec = 1;
    };
  };
  ofTwoFiles = way: [
    common
    {
      sops.useSystemdActivation = way == "systemd";
      credsmith = {
        secretsFile = /. + aws;
        secrets.oauth-token = {
          file = /. + tokens;
          key = "oauth_token";
        };
      };
    }
  ];
in
{
  script = host "script" (ofTwoFiles "script");
  systemd = host "systemd" (ofTwoFiles "systemd");
  runtime = host "runtime" [
    common
    {
      credsmith = {
        runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
        profiles = [
          "default"
          "production"
        ];
        services.billing.profile = "production";
      };
    }
  ];
}
