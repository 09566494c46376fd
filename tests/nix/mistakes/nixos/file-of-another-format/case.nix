{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/certificate.bin;
  };
}
