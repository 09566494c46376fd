{ names, ... }:
{
  xdg.configFile = names [ ];
  programs.bash.initExtra = "";
}
