{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets."../token" = {
      file = ../../../cases/secrets/tokens.yaml;
      key = "github_token";
    };
  };
}
