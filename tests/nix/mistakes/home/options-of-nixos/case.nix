{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    services.billing = { };
    degrade = true;
    users = [ "dev" ];
    claude.enable = true;
    runtimeSecretsFile = "/var/lib/aws.yaml";
  };
}
