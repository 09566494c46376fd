{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
    defaultProfile = "production";
  };
}
