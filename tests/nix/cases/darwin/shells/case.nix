{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader = {
      path = "/etc/aws/load.sh";
      autoLoad = {
        zsh = true;
        fish = true;
      };
    };
  };
  programs = {
    zsh.enable = true;
    fish.enable = true;
  };
}
