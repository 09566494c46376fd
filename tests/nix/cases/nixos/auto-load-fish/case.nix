{
  programs.fish.enable = true;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.autoLoad.fish = true;
  };
}
