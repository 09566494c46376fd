{
  absent,
  built,
  exactly,
  names,
  that,
  lib,
  config,
  ...
}:
{
  sops = {
    secrets = names [
      "aws_access_key_id"
      "aws_bedrock_endpoint"
      "aws_bedrock_model_id"
      "aws_region"
      "aws_secret_access_key"
    ];
    keepGenerations = 2;
    age.keyFile = "/home/dev/.config/sops/age/keys.txt";
    package = built "sops-install-secrets";
  };
  credsmith.resolved.manifest.directory = "/home/dev/.config/sops-nix/secrets";
  home.packages = that "credsmith" (packages: lib.elem config.credsmith.package packages);
  xdg.configFile = {
    "credsmith/load-aws-bedrock.sh".source =
      built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
    "credsmith/load-aws-bedrock.fish".source =
      built "credsmith-loader/share/credsmith/load-aws-bedrock.fish";
    "direnv/lib/credsmith.sh" = absent;
  };
  home.file = exactly { };
  home.activation.credsmithMemoryOnly.before = [ "writeBoundary" ];
  programs.bash.initExtra = "";
  systemd.user.services.credsmith-verify = absent;
  systemd.user.timers.credsmith-verify = absent;
}
