{
  credsmith.secretsFile = ../../secrets/default.yaml;
}
