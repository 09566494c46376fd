{
  absent,
  built,
  exactly,
  names,
  config,
  lib,
  that,
  ...
}:
{
  sops = {
    secrets = {
      aws_access_key_id = {
        owner = "root";
        group = "credsmith";
        mode = "0440";
        path = "/run/secrets/aws_access_key_id";
      };
      aws_bedrock_model_id.key = "bedrock/model_id";
    };
    keepGenerations = 2;
    package = built "sops-install-secrets";
    # Those of macOS.
    age.sshKeyPaths = exactly [ "/etc/ssh/ssh_host_ed25519_key" ];
  };
  users = {
    knownGroups = exactly [ "credsmith" ];
    knownUsers = exactly [ ];
    groups.credsmith = {
      gid = 549;
      members = exactly [ "dev" ];
    };
  };
  environment = {
    etc = {
      "load-aws-bedrock.sh".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
      "load-aws-bedrock.fish".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.fish";
      "direnv/lib/credsmith.sh" = absent;
    };
    systemPackages = that "credsmith" (packages: lib.elem config.credsmith.package packages);
  };
  launchd.daemons = names [ "sops-install-secrets" ];
}
