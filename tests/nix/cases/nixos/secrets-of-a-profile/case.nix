{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
    secrets.github_token = {
      file = ../../secrets/tokens.yaml;
      variable = "GITHUB_TOKEN";
      profiles = [ "production" ];
    };
  };
}
