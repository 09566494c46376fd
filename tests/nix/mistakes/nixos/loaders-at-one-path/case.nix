{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    loader = {
      path = "/etc/aws/load";
      fishPath = "/etc/aws/load";
    };
  };
}
