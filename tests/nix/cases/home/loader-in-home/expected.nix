{ built, names, ... }:
{
  home.file = {
    ".local/share/aws/load.sh".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
    ".local/share/aws/load.fish".source =
      built "credsmith-loader/share/credsmith/load-aws-bedrock.fish";
  };
  # Where credsmith verify finds it.
  xdg.configFile = names [ "credsmith/load-aws-bedrock.sh" ];
}
