{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.autoLoad = {
      bash = true;
      zsh = true;
      fish = true;
    };
  };
  programs = {
    bash.enable = true;
    zsh.enable = true;
    fish.enable = true;
    direnv.enable = true;
  };
}
