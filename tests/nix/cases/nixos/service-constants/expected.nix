{ lib, that, ... }:
{
  systemd.services = {
    billing = {
      environment = {
        AWS_REGION = "eu-central-1";
        AWS_DEFAULT_REGION = "eu-central-1";
        ANTHROPIC_MODEL = "eu.anthropic.claude-opus-4-8";
        BEDROCK_MODEL_ID = "eu.anthropic.claude-opus-4-8";
        BEDROCK_ENDPOINT = "https://bedrock.example.com";
      };
      startLimitIntervalSec = 60;
      serviceConfig = {
        Restart = "always";
        RestartSec = 3;
      };
    };
    credsmith-service-billing.serviceConfig.ExecStart = that "nothing rendered that is a constant" (
      command:
      lib.hasInfix " environment:ANTHROPIC_BEDROCK_BASE_URL=aws_bedrock_endpoint" command
      && !(lib.hasInfix "AWS_REGION" command)
      && !(lib.hasInfix "config:region" command)
      && !(lib.hasInfix "MODEL" command)
      && !(lib.hasInfix ":BEDROCK_ENDPOINT" command)
    );
  };
}
