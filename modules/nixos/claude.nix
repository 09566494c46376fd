# Claude Code's managed settings: what `credsmith claude configure` writes for one user, for all.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.credsmith;
  inherit (import ../lib { inherit lib; }) mistakes;
  own = import ./mistakes.nix { inherit lib; };

  wishes = cfg.claude;
  path = "/etc/claude-code/managed-settings.json";
  at = import ./etc.nix { inherit lib options; };
  others = at.others path ./claude.nix;

  inherit (cfg) resolved;
  profiles = lib.attrNames resolved.manifest.profiles;
  profile =
    if wishes.profile != null then
      wishes.profile
    else if resolved.defaultProfile != null then
      resolved.defaultProfile
    else
      "default";
  isKnown = lib.elem profile profiles;

  # Users cannot open the secrets file, so the key comes from the secret files.
  command = lib.escapeShellArgs (
    [
      (lib.getExe cfg.package)
      "credential-process"
      "--format"
      "claude"
      "--manifest"
      "${resolved.loader}/share/credsmith/manifest.json"
    ]
    ++ lib.optional (profile != "default") profile
  );

  privateKeys = lib.optionals (options ? sops.secrets) (
    lib.filter (key: lib.isString key && lib.hasPrefix "/" key) (
      [ config.sops.age.keyFile ] ++ config.sops.age.sshKeyPaths
    )
  );
  deny = map (key: "Read(/${key})") privateKeys ++ [
    "Read(//run/secrets/**)"
    "Read(//run/secrets.d/**)"
    "Read(//run/user/*/credsmith/**)"
    "Read(//dev/shm/credsmith-*/**)"
  ];

  extra = wishes.extraSettings;
  settings = lib.recursiveUpdate {
    awsCredentialExport = command;
    env = {
      CLAUDE_CODE_USE_BEDROCK = "1";
    }
    // lib.filterAttrs (_: value: value != null) {
      AWS_REGION = wishes.region;
      ANTHROPIC_MODEL = wishes.model;
      ANTHROPIC_DEFAULT_HAIKU_MODEL = wishes.smallModel;
      ANTHROPIC_BEDROCK_REGION_PREFIX = wishes.regionPrefix;
    };
  } (lib.recursiveUpdate extra { permissions.deny = deny ++ extra.permissions.deny or [ ]; });
in
{
  config = lib.mkIf (cfg.enable && wishes.enable) {
    environment.etc.${at.nameOf path} = lib.mkIf isKnown {
      source = (pkgs.formats.json { }).generate "claude-code-managed-settings.json" settings;
    };

    assertions = [
      {
        # A profile that is named has been looked for already.
        assertion = isKnown || wishes.profile != null || resolved.mistakes != [ ];
        inherit
          (
            if resolved.private ? ${profile} then
              mistakes.profilePrivate {
                option = "credsmith.claude.profile";
                name = profile;
                units = resolved.private.${profile};
              }
            else
              mistakes.profileNotInstalled {
                option = "credsmith.claude.profile";
                name = profile;
                inherit profiles;
              }
          )
          message
          ;
      }
      {
        assertion = !(isKnown && resolved.manifest.profiles.${profile}.files ? AWS_BEARER_TOKEN_BEDROCK);
        message = own.claudeApiKey { inherit profile; };
      }
      {
        assertion = others == [ ];
        message = own.settingsTwice {
          inherit path;
          by = others;
        };
      }
    ];
  };
}
