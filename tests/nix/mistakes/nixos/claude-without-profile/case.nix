{
  credsmith = {
    enable = true;
    profiles = [
      "ci"
      "claude"
    ];
    secretsFile = ../../../cases/secrets/profiles.yaml;
    claude.enable = true;
  };
}
