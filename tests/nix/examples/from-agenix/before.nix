{ config, ... }:
{
  age.secrets.aws-env = {
    file = ./secrets/aws-env.age;
    owner = "dev";
  };
  programs.bash.interactiveShellInit = ''
    set -a; . ${config.age.secrets.aws-env.path}; set +a
  '';

  services.openssh.enable = true;
  users.users.dev.isNormalUser = true;
}
