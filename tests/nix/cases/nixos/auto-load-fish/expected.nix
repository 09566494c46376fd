{ contains, ... }:
{
  programs.fish.interactiveShellInit = contains "/share/credsmith/load-aws-bedrock.fish";
  programs.bash.interactiveShellInit = "";
}
