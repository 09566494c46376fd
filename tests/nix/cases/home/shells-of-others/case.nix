{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.autoLoad = {
      bash = true;
      fish = true;
    };
  };
  programs.bash.enable = true;
}
