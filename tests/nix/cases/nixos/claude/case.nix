{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    claude = {
      enable = true;
      model = "eu.anthropic.claude-opus-4-8";
      smallModel = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
      region = "eu-central-1";
      regionPrefix = "eu";
    };
  };
}
