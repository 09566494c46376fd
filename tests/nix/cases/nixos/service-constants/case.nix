# What the unit says itself goes before what the profile says.
{
  systemd.services.billing = {
    script = "true";
    environment.BEDROCK_ENDPOINT = "https://bedrock.example.com";
    startLimitIntervalSec = 60;
    serviceConfig.Restart = "always";
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    services.billing = {
      region = "eu-central-1";
      model = "eu.anthropic.claude-opus-4-8";
      restartSec = 3;
    };
  };
}
