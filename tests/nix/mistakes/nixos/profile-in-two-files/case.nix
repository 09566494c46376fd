{
  credsmith = {
    enable = true;
    secretsFiles = [
      ../../../cases/secrets/guide.yaml
      ../../../cases/secrets/production.yaml
    ];
  };
}
