# What options and secrets files come to: `cases` is a JSON file with [ { platform; options; } … ].
# Each answer is `resolved`, without what has to be built, or { refused = true; } where the module
# system itself throws.
{
  lib,
  pkgs,
  root,
  cases,
  ...
}:

let
  resolved =
    { platform, options }:
    let
      host = lib.evalModules {
        modules = [
          (import (root + "/modules/common.nix") { inherit platform; })
          {
            options.xdg.configHome = lib.mkOption { default = "/home/dev/.config"; };
            config._module.args.pkgs = pkgs;
            config.credsmith = options;
          }
        ];
      };
    in
    builtins.seq host.config.credsmith.ageKeyFile (
      removeAttrs host.config.credsmith.resolved [ "loader" ]
    );
in
map (
  each:
  let
    found = builtins.tryEval (
      let
        answer = resolved each;
      in
      builtins.deepSeq answer answer
    );
  in
  if found.success then found.value else { refused = true; }
) (lib.importJSON cases)
