{ absent, ... }:
{
  credsmith.resolved.manifest.profiles = {
    production.files.GITHUB_TOKEN = "github_token";
    default.files.GITHUB_TOKEN = absent;
  };
}
