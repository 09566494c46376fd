{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      variable = "GITHUB_TOKEN";
      profiles = [ "staging" ];
    };
  };
}
