{
  absent,
  has,
  lib,
  that,
  ...
}:
{
  credsmith.resolved.manifest = {
    unset = has [
      "AWS_ACCESS_KEY_ID"
      "AWS_SECRET_ACCESS_KEY"
      "AWS_SESSION_TOKEN"
    ];
    profiles.default.files = {
      AWS_BEARER_TOKEN_BEDROCK = "aws_bedrock_api_key";
      AWS_REGION = "aws_region";
      AWS_ACCESS_KEY_ID = absent;
    };
  };
  sops.secrets.aws_bedrock_api_key.key = "bedrock/api_key";
  # No SDK reads one from a file.
  systemd.services.credsmith-service-billing.serviceConfig.ExecStart = that "the key as a variable" (
    command:
    lib.hasInfix " environment:AWS_BEARER_TOKEN_BEDROCK=aws_bedrock_api_key" command
    && !(lib.hasInfix "credentials:" command)
  );
}
