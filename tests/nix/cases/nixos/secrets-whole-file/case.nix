{
  credsmith = {
    enable = true;
    secrets = {
      certificate.file = ../../secrets/certificate.bin;
      tokens = {
        file = ../../secrets/tokens.yaml;
        key = "";
      };
    };
  };
}
