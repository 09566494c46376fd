{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/profiles.yaml;
    profiles = [ "ci" ];
  };
}
