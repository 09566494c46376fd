{
  config,
  has,
  ...
}:
{
  environment.systemPackages = has [ config.credsmith.package ];
}
