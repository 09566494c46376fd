{
  credsmith.resolved.manifest.directory = "/home/dev/.secrets";
  sops.secrets.aws_region.path = "/home/dev/.secrets/aws_region";
}
