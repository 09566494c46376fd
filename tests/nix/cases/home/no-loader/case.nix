{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    loader.enable = false;
    loader.autoLoad.bash = true;
  };
}
