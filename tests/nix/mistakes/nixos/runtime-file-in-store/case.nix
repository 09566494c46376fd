{
  credsmith = {
    enable = true;
    runtimeSecretsFile = ../../../cases/secrets/default.yaml;
    profiles = [ "default" ];
  };
}
