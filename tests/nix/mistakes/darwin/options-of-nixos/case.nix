{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    services.billing.profile = "default";
    health.enable = true;
    degrade = false;
    runtimeSecretsFile = "/var/lib/aws.yaml";
  };
}
