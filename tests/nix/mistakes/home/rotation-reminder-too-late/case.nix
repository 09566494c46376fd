{
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    health.enable = true;
    rotation = {
      remindAfterDays = 100;
      maxAgeDays = 90;
    };
  };
}
