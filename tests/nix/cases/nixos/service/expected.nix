{
  absent,
  exactly,
  has,
  ...
}:
let
  renderer = "credsmith-service-billing.service";
in
{
  systemd.services = {
    billing = {
      environment = {
        AWS_SHARED_CREDENTIALS_FILE = "%d/credsmith-credentials";
        AWS_CONFIG_FILE = "%d/credsmith-config";
        CLAUDE_CODE_USE_BEDROCK = "1";
        GITHUB_TOKEN_FILE = "%d/github_token";
        AWS_REGION = absent;
      };
      after = has [
        "sops-install-secrets.service"
        renderer
      ];
      wants = [ renderer ];
      partOf = [ renderer ];
      # In sops-nix's other way there is no such unit.
      requires = exactly [ ];
      startLimitIntervalSec = 0;
      serviceConfig = {
        DynamicUser = true;
        Restart = "on-failure";
        RestartSec = "10s";
        EnvironmentFile = [ "-/run/credsmith.d/billing/environment" ];
        LoadCredential = [
          "credsmith-credentials:/run/credsmith.d/billing/credentials"
          "credsmith-config:/run/credsmith.d/billing/config"
          "github_token:/run/secrets/github_token"
        ];
      };
    };
    credsmith-service-billing = {
      after = [ "sops-install-secrets.service" ];
      stopIfChanged = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    };
    sops-install-secrets = absent;
  };
  sops.secrets = {
    aws_production_access_key_id.restartUnits = [ renderer ];
    aws_production_region.restartUnits = [ renderer ];
    github_token.restartUnits = [ renderer ];
  };
}
