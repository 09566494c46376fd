{
  environment.etc."claude-code/managed-settings.json".text = "{}";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    claude.enable = true;
  };
}
