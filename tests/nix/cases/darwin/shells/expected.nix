{ built, contains, ... }:
{
  environment.etc = {
    "aws/load.sh".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
    "aws/load.fish".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.fish";
  };
  programs.zsh.interactiveShellInit = contains "share/credsmith/load-aws-bedrock.zsh ";
  programs.fish.interactiveShellInit = contains "share/credsmith/load-aws-bedrock.fish ";
  programs.bash.interactiveShellInit = "";
}
