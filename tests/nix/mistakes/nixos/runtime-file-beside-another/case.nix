{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "default" ];
  };
}
