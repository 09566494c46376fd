{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/partly-plaintext.yaml;
  };
}
