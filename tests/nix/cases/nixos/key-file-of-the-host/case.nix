{
  sops.age.keyFile = "/etc/age/key.txt";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
