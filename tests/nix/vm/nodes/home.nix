# The home of a user with an identity of their own.
{
  home = {
    username = "dev";
    homeDirectory = "/home/dev";
  };

  credsmith = {
    enable = true;
    secretsFile = ../../../../secrets/aws.yaml;
    ageKeyFile = "/home/dev/.config/sops/age/keys.txt";
  };
}
