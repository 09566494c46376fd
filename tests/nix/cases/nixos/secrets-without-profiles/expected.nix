{ names, exactly, ... }:
{
  sops.secrets = names [ "github_token" ];
  environment.etc = exactly { };
  programs.bash.interactiveShellInit = "";
  users.groups.credsmith.members = [ "dev" ];
}
