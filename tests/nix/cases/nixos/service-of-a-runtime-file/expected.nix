{
  has,
  lib,
  that,
  ...
}:
{
  systemd.services = {
    billing.after = has [ "credsmith-runtime-secrets.service" ];
    credsmith-service-billing = {
      after = has [ "credsmith-runtime-secrets.service" ];
      serviceConfig.ExecStart = that "what may be absent, and what may not" (
        command:
        lib.hasInfix " /run/credsmith-secrets " command
        && lib.hasInfix " credentials:aws_access_key_id=aws_access_key_id" command
        && lib.hasInfix " credentials:aws_session_token?=aws_session_token" command
        && lib.hasInfix " config:region?=aws_region" command
      );
    };
  };
}
