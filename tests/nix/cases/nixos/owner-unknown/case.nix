{
  credsmith = {
    enable = true;
    secrets.github_token = {
      file = ../../secrets/tokens.yaml;
      owner = "nignx";
    };
  };
}
