{ absent, built, ... }:
{
  environment.etc = {
    "aws/load.sh".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
    "aws/load.fish".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.fish";
    "load-aws-bedrock.sh" = absent;
    # Where credsmith verify finds it.
    "credsmith/load-aws-bedrock.sh".source =
      built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
  };
}
