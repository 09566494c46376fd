{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    group = "aws";
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      owner = "nginx";
      group = "web";
      restartUnits = [ "nginx.service" ];
    };
  };
}
