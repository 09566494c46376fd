{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    secrets.github_token = {
      file = ../../secrets/tokens.yaml;
      owner = "dev";
      mode = "0400";
    };
  };
}
