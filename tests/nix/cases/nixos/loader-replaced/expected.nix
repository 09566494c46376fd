{
  environment.etc."load-aws-bedrock.sh".source = "/srv/load.sh";
}
