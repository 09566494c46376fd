{ contains, ... }:
{
  credsmith.resolved.defaultProfile = "production";
  credsmith.resolved.loader.buildCommand = contains "--shell bash --manifest manifest.json --profile production";
}
