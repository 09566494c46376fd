{
  users.mutableUsers = false;
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      owner = "nignx";
      group = "nignx";
    };
  };
}
