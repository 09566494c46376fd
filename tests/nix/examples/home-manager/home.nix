{
  home = {
    username = "dev";
    homeDirectory = "/home/dev";
    stateVersion = "26.05";
  };

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    ageKeyFile = "/home/dev/.config/sops/age/keys.txt";
    loader.autoLoad.bash = true;
  };
  programs.bash.enable = true;
}
