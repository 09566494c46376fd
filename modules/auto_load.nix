# What interactive shells run at their start to load the default profile.
#
# A shell in a shell keeps the profile that its parent has loaded, with today's values. Nothing is
# said: a user who may not read the secrets, or a machine without them, is no fault of a login.
{
  lib,
  pkgs,
  resolved,
}:
let
  scripts = "${resolved.loader}/share/credsmith";
  profiles = lib.attrNames resolved.manifest.profiles;
  standard = resolved.defaultProfile;

  # The one name that would be the end of the "case".
  pattern = name: if name == "esac" then "'esac'" else name;

  bourne = script: ''
    # credsmith
    case "''${CREDSMITH_LOADED:-${standard}}" in
      ${
        lib.concatMapStringsSep " | " pattern profiles
      }) . ${scripts}/${script} "''${CREDSMITH_LOADED:-${standard}}" --quiet 2>/dev/null || : ;;
    esac
  '';
in
{
  # macOS's own bash is 3.2, which takes the script for every shell.
  bash = bourne (
    if pkgs.stdenv.hostPlatform.isDarwin then "load-aws-bedrock.sh" else "load-aws-bedrock.bash"
  );
  zsh = bourne "load-aws-bedrock.zsh";
  fish = ''
    # credsmith
    begin
      set -l profile $CREDSMITH_LOADED
      test -n "$profile"; or set profile ${standard}
      contains -- $profile ${lib.concatStringsSep " " profiles}
      and source ${scripts}/load-aws-bedrock.fish $profile --quiet 2>/dev/null
    end
  '';
}
