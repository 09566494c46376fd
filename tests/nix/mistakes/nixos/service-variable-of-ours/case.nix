{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.aws_config = {
      file = ../../../cases/secrets/tokens.yaml;
      key = "github_token";
    };
    services.billing.secrets = [ "aws_config" ];
  };
}
