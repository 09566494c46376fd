{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/guide.yaml;
    claude = {
      enable = true;
      profile = "claude";
    };
  };
}
