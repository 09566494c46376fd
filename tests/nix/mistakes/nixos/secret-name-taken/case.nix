{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.aws_region = {
      file = ../../../cases/secrets/tokens.yaml;
      key = "github_token";
    };
  };
}
