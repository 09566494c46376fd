{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/bedrock-profile.yaml;
  };
}
