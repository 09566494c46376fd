{ names, ... }:
{
  credsmith.resolved = {
    runtimeSecrets = {
      aws_production_secret_access_key = {
        owner = "root";
        group = "root";
        mode = "0400";
      };
      aws_secret_access_key = {
        owner = "root";
        group = "credsmith";
        mode = "0440";
      };
    };
    manifest.profiles = names [ "default" ];
  };
}
