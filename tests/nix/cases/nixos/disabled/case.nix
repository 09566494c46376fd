{
  credsmith = {
    secretsFile = ../../secrets/default.yaml;
    users = [ "dev" ];
    claude.enable = true;
    loader.autoLoad.bash = true;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
  };
}
