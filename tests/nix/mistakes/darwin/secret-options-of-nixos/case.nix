{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      restartUnits = [ "nginx.service" ];
    };
  };
}
