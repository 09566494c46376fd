{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles.yaml;
    profiles = [
      "ci"
      "claude"
    ];
    loader.autoLoad.bash = true;
  };
  programs.bash.enable = true;
}
