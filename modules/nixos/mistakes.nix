# Mistakes that only the rest of a host shows, as those of lib/mistakes.nix: what failed, why, and
# what to do.
{ lib }:
let
  message = lib.concatStringsSep "\n";
  nearest =
    name: known:
    let
      near = lib.filter (lib.strings.levenshteinAtMost 2 name) known;
    in
    lib.optionalString (near != [ ]) ''; "${lib.head near}" is'';
in
{
  twoKeyFiles =
    { ours, theirs }:
    message [
      ''credsmith.ageKeyFile is "${ours}" and sops.age.keyFile is "${theirs}", and there can be one''
      "Put all identities into one file, and take one of the two options out."
    ];

  # kind: "user" or "group"
  unknown =
    {
      kind,
      option,
      name,
      known,
      mutable,
    }:
    message [
      ''${option} names "${name}", which is no ${kind} in users.${kind}s${nearest name known}''
      (
        if mutable then
          "Correct the name, or declare users.${kind}s.${name}. Where it is made by hand on the machine, all is well."
        else
          "Correct the name, or declare users.${kind}s.${name}: users.mutableUsers is false, so there can be no other."
      )
    ];

  autoLoadWithoutProfile =
    { profiles }:
    message [
      "credsmith.loader.autoLoad has no profile to load: there are ${
        lib.concatMapStringsSep ", " (name: ''"${name}"'') profiles
      }, and none is the default"
      "Set credsmith.defaultProfile."
    ];

  autoLoadWithoutShell =
    { shell }:
    message [
      "credsmith.loader.autoLoad.${shell} does nothing, because programs.${shell}.enable is not set"
      "Set it, so that there is a file in /etc which ${shell} reads at its start."
    ];

  claudeApiKey =
    { profile }:
    message [
      ''credsmith.claude.profile names profile "${profile}", which is a Bedrock API key, and Claude Code's awsCredentialExport can give AWS keys alone''
      "Name another profile, or take credsmith.claude out: the loader sets AWS_BEARER_TOKEN_BEDROCK, which Claude Code reads."
    ];

  settingsTwice =
    { path, by }:
    message [
      ''Claude Code's settings at "${path}" are written twice: by credsmith.claude.enable and by ${lib.concatStringsSep ", " by}''
      "Move what is written there into credsmith.claude.extraSettings."
    ];
}
