{
  sops.secrets.aws_access_key_id.neededForUsers = true;
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
