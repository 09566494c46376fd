{
  users.users.ops.isNormalUser = true;
  users.users.ci = {
    isSystemUser = true;
    group = "ci";
    extraGroups = [ "credsmith" ];
  };
  users.groups.ci = { };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    users = [
      "dev"
      "ops"
    ];
  };
}
