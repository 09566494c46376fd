{
  users.mutableUsers = false;
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
    users = [
      "dev"
      "dve"
    ];
  };
}
