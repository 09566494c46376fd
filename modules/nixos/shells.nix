# The loader in /etc, what loads it in interactive shells, and the program with its completions.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.credsmith;
  inherit (import ../lib { inherit lib; }) mistakes;
  own = import ./mistakes.nix { inherit lib; };

  inherit (cfg.resolved) manifest;
  scripts = "${cfg.resolved.loader}/share/credsmith";
  at = import ./etc.nix { inherit lib options; };

  # The sh script has a part for bash, with which bash is as quick as with its own.
  installed = [
    {
      option = "credsmith.loader.path";
      path = cfg.loader.path;
      script = "load-aws-bedrock.sh";
    }
    {
      option = "credsmith.loader.fishPath";
      path = cfg.loader.fishPath;
      script = "load-aws-bedrock.fish";
    }
  ];

  profiles = lib.attrNames manifest.profiles;
  standard =
    if cfg.defaultProfile != null then
      cfg.defaultProfile
    else if manifest.profiles ? default then
      "default"
    else if lib.length profiles == 1 then
      lib.head profiles
    else
      null;
  autoLoad = lib.filterAttrs (_: on: on) cfg.loader.autoLoad;
  autoLoadIn = shell: lib.mkIf (cfg.loader.enable && autoLoad ? ${shell} && standard != null);

  # A shell in a shell keeps the profile that its parent has loaded, with today's values. Nothing
  # is said: a user who may not read the secrets, or a machine without them, is no fault of a login.
  bourne = script: ''
    # credsmith
    case "''${CREDSMITH_LOADED:-${standard}}" in
      ${lib.concatStringsSep " | " profiles}) . ${scripts}/${script} "''${CREDSMITH_LOADED:-${standard}}" --quiet 2>/dev/null || : ;;
    esac
  '';
  fish = ''
    # credsmith
    begin
      set -l profile $CREDSMITH_LOADED
      test -n "$profile"; or set profile ${standard}
      contains -- $profile ${lib.concatStringsSep " " profiles}
      and source ${scripts}/load-aws-bedrock.fish $profile --quiet 2>/dev/null
    end
  '';
in
{
  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    environment.etc = lib.mkIf cfg.loader.enable (
      lib.listToAttrs (
        map (
          { path, script, ... }: lib.nameValuePair (at.nameOf path) { source = "${scripts}/${script}"; }
        ) (lib.filter ({ path, ... }: at.isBelow path) installed)
      )
    );

    programs = {
      bash.interactiveShellInit = autoLoadIn "bash" (bourne "load-aws-bedrock.bash");
      zsh.interactiveShellInit = autoLoadIn "zsh" (bourne "load-aws-bedrock.zsh");
      fish.interactiveShellInit = autoLoadIn "fish" fish;
    };

    warnings = lib.optionals cfg.loader.enable (
      map (shell: own.autoLoadWithoutShell { inherit shell; }) (
        lib.filter (shell: autoLoad ? ${shell} && !config.programs.${shell}.enable) [
          "fish"
          "zsh"
        ]
      )
    );

    assertions = lib.optionals cfg.loader.enable (
      lib.concatMap (
        { option, path, ... }:
        let
          others = at.others path ./shells.nix;
        in
        [
          {
            assertion = at.isBelow path;
            inherit (mistakes.loaderOutside { inherit option path; }) message;
          }
          {
            assertion = others == [ ];
            inherit
              (mistakes.loaderTwice {
                inherit path;
                by = [ option ] ++ others;
              })
              message
              ;
          }
        ]
      ) installed
      ++ [
        {
          assertion = cfg.loader.path != cfg.loader.fishPath;
          inherit
            (mistakes.loaderTwice {
              inherit (cfg.loader) path;
              by = map ({ option, ... }: option) installed;
            })
            message
            ;
        }
        {
          assertion = autoLoad == { } || standard != null || profiles == [ ];
          message = own.autoLoadWithoutProfile { inherit profiles; };
        }
      ]
    );
  };
}
