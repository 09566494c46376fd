# A profile that a service has for itself, named for everybody.
{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles.yaml;
    claude = {
      enable = true;
      profile = "ci";
    };
    health = {
      enable = true;
      profiles = [
        "default"
        "ci"
      ];
    };
    secrets.github_token = {
      file = ../../../cases/secrets/tokens.yaml;
      variable = "GITHUB_TOKEN";
      profiles = [ "ci" ];
    };
    services.billing.profile = "ci";
  };
}
