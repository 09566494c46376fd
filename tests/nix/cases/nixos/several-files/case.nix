{
  credsmith = {
    enable = true;
    secretsFiles = [
      ../../secrets/default.yaml
      ../../secrets/production.yaml
    ];
  };
}
