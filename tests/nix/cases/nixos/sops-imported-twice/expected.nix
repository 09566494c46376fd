{
  sops.secrets.aws_region.group = "credsmith";
}
