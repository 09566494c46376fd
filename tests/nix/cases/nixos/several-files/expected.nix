{
  sops.secrets.aws_region.sopsFile = ../../secrets/default.yaml;
  sops.secrets.aws_production_region.sopsFile = ../../secrets/production.yaml;
  credsmith.resolved.manifest.profiles = {
    default.files.AWS_REGION = "aws_region";
    production.files.AWS_REGION = "aws_production_region";
  };
}
