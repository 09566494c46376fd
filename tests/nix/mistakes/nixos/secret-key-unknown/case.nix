{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.gitlab_token.file = ../../../cases/secrets/tokens.yaml;
  };
}
