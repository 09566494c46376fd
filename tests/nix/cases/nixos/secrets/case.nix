{
  users.users.nginx = {
    isSystemUser = true;
    group = "nginx";
  };
  users.groups.nginx = { };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    secrets = {
      github_token = {
        file = ../../secrets/tokens.yaml;
        variable = "GITHUB_TOKEN";
      };
      claude_token = {
        file = ../../secrets/tokens.yaml;
        key = "claude/oauth_token";
        owner = "nginx";
        mode = "0400";
        restartUnits = [ "nginx.service" ];
      };
    };
  };
}
