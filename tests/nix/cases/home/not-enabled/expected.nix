{ names, exactly, ... }:
{
  sops.secrets = exactly { };
  xdg.configFile = names [ ];
  home.activation = names [ ];
  home.packages = exactly [ ];
}
