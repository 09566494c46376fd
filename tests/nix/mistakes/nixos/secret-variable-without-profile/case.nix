{
  credsmith = {
    enable = true;
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      variable = "GITHUB_TOKEN";
    };
  };
}
