# `nix run .#demo`: the demo of the checkout, with the packaged program.
{
  lib,
  writeShellApplication,
  bash,
  coreutils,
  credsmith,
  deno,
  git,
  zsh,
}:
let
  sources = lib.fileset.toSource {
    root = ../..;
    fileset = lib.fileset.unions [
      ../../demo
      ../../tests/support/aws
    ];
  };
in
writeShellApplication {
  name = "credsmith-demo";
  runtimeInputs = [
    bash
    coreutils
    deno
    git
    zsh
  ];
  runtimeEnv = {
    CREDSMITH_DEMO_PROGRAM = lib.getExe credsmith;
    DENO_NO_UPDATE_CHECK = "1";
  };
  text = ''
    exec deno run --allow-all --no-prompt --quiet --no-config --no-lock --no-npm --no-remote \
      ${sources}/demo/main.ts "$@"
  '';
}
