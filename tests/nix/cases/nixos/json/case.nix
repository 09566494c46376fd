{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/flat.json;
  };
}
