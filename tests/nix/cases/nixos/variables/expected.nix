{ has, exactly, ... }:
{
  credsmith.resolved.manifest = {
    unset = has [ "AWS_ENDPOINT_URL" ];
    profiles.default.constants = exactly {
      AWS_MAX_ATTEMPTS = "5";
      CLAUDE_CODE_USE_BEDROCK = "1";
    };
  };
}
