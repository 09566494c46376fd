{ that, ... }:
{
  environment.etc."claude-code/managed-settings.json" = {
    mode = "symlink";
    source.text = that "Claude Code's managed settings" (
      text:
      let
        settings = builtins.fromJSON (builtins.unsafeDiscardStringContext text);
      in
      builtins.match "/nix/store/[^ ]*-credsmith/bin/credsmith credential-process --format claude --manifest /nix/store/[^ ]*-credsmith-loader/share/credsmith/manifest.json" settings.awsCredentialExport
      != null
      &&
        removeAttrs settings [ "awsCredentialExport" ] == {
          env = {
            CLAUDE_CODE_USE_BEDROCK = "1";
            AWS_REGION = "eu-central-1";
            ANTHROPIC_MODEL = "eu.anthropic.claude-opus-4-8";
            ANTHROPIC_DEFAULT_HAIKU_MODEL = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
            ANTHROPIC_BEDROCK_REGION_PREFIX = "eu";
          };
          permissions.deny = [
            "Read(//etc/ssh/ssh_host_ed25519_key)"
            "Read(//run/secrets/**)"
            "Read(//run/secrets.d/**)"
            "Read(//run/user/*/credsmith/**)"
            "Read(//dev/shm/credsmith-*/**)"
          ];
        }
    );
  };
}
