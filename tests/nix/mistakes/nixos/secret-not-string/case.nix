{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.model = {
      file = ../../../cases/secrets/number.yaml;
      key = "bedrock/model_id";
    };
    secrets.claude.file = ../../../cases/secrets/tokens.yaml;
  };
}
