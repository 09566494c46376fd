# The scripts that are installed by themselves: where, by which option, and which.
{
  lib,
  cfg,
  options,
  # Where `credsmith verify` looks for a loader besides the option's default.
  known,
}:
let
  sh = "load-aws-bedrock.sh";
in
rec {
  named = [
    {
      option = "credsmith.loader.path";
      inherit (cfg.loader) path;
      # It has a part for bash, with which bash is as quick as with its own.
      script = sh;
    }
    {
      option = "credsmith.loader.fishPath";
      path = cfg.loader.fishPath;
      script = "load-aws-bedrock.fish";
    }
  ];
  all =
    named
    ++ lib.optional (cfg.loader.path != options.credsmith.loader.path.default) {
      path = "${known}/${sh}";
      script = sh;
    };
}
