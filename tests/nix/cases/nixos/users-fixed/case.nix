{
  users.mutableUsers = false;
  users.groups.aws = { };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    users = [
      "dev"
      "root"
    ];
    secrets.github_token = {
      file = ../../secrets/tokens.yaml;
      owner = "dev";
      group = "aws";
    };
  };
}
