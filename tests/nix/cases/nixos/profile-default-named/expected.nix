{ names, ... }:
{
  sops.secrets = {
    aws_access_key_id.key = "profiles/default/access_key_id";
    aws_production_access_key_id.key = "profiles/production/access_key_id";
  };
  credsmith.resolved.manifest.profiles = names [
    "default"
    "production"
  ];
}
