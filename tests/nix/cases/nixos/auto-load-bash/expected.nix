{ contains, ... }:
{
  programs.bash.interactiveShellInit = contains "/share/credsmith/load-aws-bedrock.bash";
  programs.zsh.interactiveShellInit = "";
  programs.fish.interactiveShellInit = "";
}
