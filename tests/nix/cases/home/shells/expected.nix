{ built, contains, ... }:
{
  programs = {
    bash.initExtra = contains ''share/credsmith/load-aws-bedrock.bash "''${CREDSMITH_LOADED:-default}" --quiet'';
    zsh.initContent = contains "share/credsmith/load-aws-bedrock.zsh ";
    fish.interactiveShellInit = contains "share/credsmith/load-aws-bedrock.fish $profile --quiet";
  };
  xdg.configFile."direnv/lib/credsmith.sh".source = built "credsmith.sh";
}
