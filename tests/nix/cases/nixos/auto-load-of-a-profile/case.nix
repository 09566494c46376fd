{
  programs.bash.interactiveShellInit = "set -o vi";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
    defaultProfile = "production";
    loader.autoLoad.bash = true;
  };
}
