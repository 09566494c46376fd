{
  imports = [ ../../../../../modules/home.nix ];
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
