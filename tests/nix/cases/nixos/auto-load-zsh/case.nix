{
  programs.zsh.enable = true;
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.autoLoad.zsh = true;
  };
}
