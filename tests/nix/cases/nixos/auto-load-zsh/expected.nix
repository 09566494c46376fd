{ contains, ... }:
{
  programs.zsh.interactiveShellInit = contains "/share/credsmith/load-aws-bedrock.zsh";
  programs.bash.interactiveShellInit = "";
}
