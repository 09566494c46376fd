{
  networking.hostName = "workstation";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
    users = [ "dev" ];
  };
}
