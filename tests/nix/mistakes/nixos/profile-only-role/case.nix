{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/profiles.yaml;
    profiles = [ "assumed" ];
  };
}
