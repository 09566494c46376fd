{ names, ... }:
{
  sops.secrets = names [ "token" ];
  credsmith.resolved.manifest = {
    directory = "/run/credsmith-secrets";
    profiles.default.files = {
      AWS_ACCESS_KEY_ID = "aws_access_key_id";
      # Where sops-nix puts it.
      GITHUB_TOKEN = "/run/secrets/token";
    };
  };
}
