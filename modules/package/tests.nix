# What the built package has to do, also where only nixpkgs' builders are: `nix flake check`.
{
  lib,
  pkgs,
  runCommand,
  credsmith,
}:
let
  inherit (import ../lib { inherit lib; }) mkLoader;
in
{
  # A loader by the packaged program, read by every shell.
  loader = mkLoader {
    inherit pkgs;
    package = credsmith;
    manifest = {
      version = 1;
      directory = "/run/secrets";
      unset = [ "AWS_PROFILE" ];
      profiles.default = {
        files.AWS_ACCESS_KEY_ID = "aws_access_key_id";
        constants.CLAUDE_CODE_USE_BEDROCK = "1";
      };
    };
  };

  # Without a home, a cache, a network or another program.
  alone = runCommand "credsmith-alone" { } ''
    run() { env -i ${lib.getExe credsmith} "$@"; }
    run --help --all >/dev/null
    run completion bash | cmp - ${credsmith}/share/bash-completion/completions/credsmith.bash
    if run get aws_region -f /nowhere.yaml 2>message; then exit 1; fi
    grep -q '/nowhere.yaml' message
    mkdir $out
  '';
}
