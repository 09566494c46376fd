{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    group = "aws";
    users = [ "dev" ];
  };
}
