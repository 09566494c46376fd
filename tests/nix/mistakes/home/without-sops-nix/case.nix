{
  bare =
    { credsmith, ... }:
    [
      credsmith
      {
        credsmith = {
          enable = true;
          secretsFile = ../../../cases/secrets/default.yaml;
        };
      }
    ];
}
