{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/plaintext.yaml;
  };
}
