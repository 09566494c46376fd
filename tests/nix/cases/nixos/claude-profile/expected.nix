{ that, lib, ... }:
{
  environment.etc."claude-code/managed-settings.json".source.text = that "settings of both" (
    text:
    let
      settings = builtins.fromJSON (builtins.unsafeDiscardStringContext text);
    in
    lib.hasSuffix "/manifest.json production" settings.awsCredentialExport
    && !settings.includeCoAuthoredBy
    &&
      settings.env == {
        CLAUDE_CODE_USE_BEDROCK = "1";
        DISABLE_TELEMETRY = "1";
      }
    && settings.permissions.defaultMode == "plan"
    && lib.elem "Read(./.env)" settings.permissions.deny
    && lib.elem "Read(//run/secrets/**)" settings.permissions.deny
    && lib.elem "Read(//var/lib/sops-nix/key.txt)" settings.permissions.deny
  );
}
