{
  absent,
  exactly,
  has,
  ...
}:
{
  sops.secrets = exactly { };
  credsmith.resolved.manifest = {
    directory = "/run/credsmith-secrets";
    profiles.ci = {
      files = {
        AWS_ACCESS_KEY_ID = "aws_ci_access_key_id";
        AWS_REGION = "aws_ci_region";
      };
      # What the file has is seen at run time.
      optional = has [
        "AWS_REGION"
        "AWS_SESSION_TOKEN"
        "BEDROCK_ENDPOINT"
      ];
    };
  };
  systemd = {
    services = {
      credsmith-runtime-secrets = {
        wantedBy = [ "sysinit.target" ];
        before = has [ "sysinit.target" ];
        serviceConfig.RemainAfterExit = true;
        unitConfig.RequiresMountsFor = has [
          "/var/lib/credsmith/aws.yaml"
          "/var/lib/sops-nix/key.txt"
        ];
      };
      sops-install-secrets = absent;
    };
    paths.credsmith-runtime-secrets.pathConfig = {
      PathChanged = "/var/lib/credsmith/aws.yaml";
      Unit = "credsmith-runtime-secrets-again.service";
    };
  };
  users.groups.credsmith.members = [ "dev" ];
}
