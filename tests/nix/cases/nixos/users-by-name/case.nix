# A user's name need not be the name of the option.
{
  users.users.developer = {
    isNormalUser = true;
    name = "d.eveloper";
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    users = [ "d.eveloper" ];
  };
}
