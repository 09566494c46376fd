# Every mistake that is found when a configuration is evaluated, as { id; message; }: what failed,
# why, and what to do. None has a secret in it, and none is thrown, so that all are told at once.
{ lib }:

let
  quoted = text: ''"${text}"'';
  list = texts: lib.concatMapStringsSep ", " quoted texts;
  some =
    texts:
    if lib.length texts > 6 then
      "${list (lib.take 5 texts)} and ${toString (lib.length texts - 5)} more"
    else
      list texts;
  shareOne = units: "credsmith.services.${lib.head units}.shared = true;";
  known =
    what: texts:
    if texts == [ ] then "there are no ${what}" else "${what} that are there: ${some texts}";
in
lib.mapAttrs
  (
    _: make: arguments:
    let
      made = make arguments;
    in
    {
      inherit (made) id;
      message = lib.concatStringsSep "\n" made.lines;
    }
  )
  {
    # ---- Files ---------------------------------------------------------------------------------

    noSecretsFile = _: {
      id = "no-secrets-file";
      lines = [
        "credsmith is enabled and has no secrets file"
        "Set credsmith.secretsFile = ./secrets/aws.yaml; \"credsmith init\" makes that file."
      ];
    };

    fileAbsent =
      { shown, isText }:
      {
        id = "file-absent";
        lines = [
          "Cannot read \"${shown}\": there is no such file"
          (
            if isText then
              "A flake does not see a path in quotes: write it without them, relative to the file that it stands in, as ./secrets/aws.yaml. Else correct the path, or make the file with \"credsmith init\"."
            else
              "In a flake, a file that git does not know is not there: git add ${shown}. Else correct the path, or make the file with \"credsmith init\"."
          )
        ];
      };

    fileBuilt =
      { shown }:
      {
        id = "file-built";
        lines = [
          "Cannot read \"${shown}\": a derivation builds it, and its names are needed before anything is built"
          "Name a file of your repository, or of a flake input: credsmith.secretsFile = ./secrets/aws.yaml;"
        ];
      };

    fileFormat =
      { shown, format }:
      {
        id = "file-format";
        lines = [
          "Cannot find profiles in \"${shown}\": its name says that it is ${format}, and they are in YAML or JSON"
          "Name it with .yaml at its end. Other files can be given to credsmith.secrets.<name>.file."
        ];
      };

    filePlaintext =
      { shown }:
      {
        id = "file-plaintext";
        lines = [
          "\"${shown}\" is not encrypted"
          "Its values are in the Nix store by now, readable to all, and in git if it was committed: make new ones, and let the old ones expire. Encrypt the file first: credsmith sops encrypt -i ${shown}"
        ];
      };

    leafPlaintext =
      { shown, keys }:
      {
        id = "leaf-plaintext";
        lines = [
          "\"${shown}\" has ${some keys} in plaintext"
          "That is in the Nix store by now, readable to all, and in git if it was committed: make new values, and write them with \"credsmith set\", which encrypts them. Where the file's own rule leaves them out, choose names that it covers."
        ];
      };

    metadataMissing =
      { shown }:
      {
        id = "metadata-missing";
        lines = [
          "Cannot use \"${shown}\": it has encrypted values and no \"sops\" entry, which holds the key to them"
          "Bring it back from git: git log -- ${shown}"
        ];
      };

    fileUnreadable =
      { shown, problem }:
      {
        id = "file-unreadable";
        lines = [
          "Cannot read the names in \"${shown}\": ${problem}"
          "Let SOPS write the file anew: credsmith edit -f ${shown} (change a value and change it back). What SOPS writes can be read, but for lists, anchors and long keys in odd places."
        ];
      };

    # ---- Values --------------------------------------------------------------------------------

    leafNotString =
      {
        shown,
        key,
        type,
      }:
      {
        id = "leaf-not-string";
        lines = [
          "Cannot install \"${key}\" of \"${shown}\": it is no string but ${
            {
              int = "an integer";
              float = "a number";
              bool = "true or false";
              time = "a date";
              bytes = "binary data";
              null = "null";
              list = "a list";
              mapping = "a mapping";
              unsure = "something that each reader takes for something else";
            }
            .${type} or "of type \"${type}\""
          }"
          "sops-install-secrets takes strings alone. Write it again, which makes it one: credsmith set -f ${shown} ${key}"
        ];
      };

    jsonNested =
      {
        shown,
        key,
        # Whether the file is in the repository of the configuration.
        isTracked ? true,
      }:
      let
        yaml = "${lib.removeSuffix ".json" shown}.yaml";
      in
      {
        id = "json-nested";
        lines = [
          "Cannot install \"${key}\" of \"${shown}\": sops-install-secrets reads the top level of a JSON file alone"
          "Make it YAML: credsmith sops decrypt --output-type yaml ${shown} | credsmith sops encrypt --filename-override ${yaml} --output ${yaml}"
          (
            if isTracked then
              "Then git add ${yaml}, name it here, and git rm ${shown}."
            else
              "Then name that one here."
          )
        ];
      };

    keyUnknown =
      {
        option,
        shown,
        key,
        keys,
      }:
      {
        id = "key-unknown";
        lines = [
          "${option} asks for \"${key}\", which is not in \"${shown}\""
          "Correct its key (${known "keys" keys}), or write the value: credsmith set -f ${shown} ${key}"
        ];
      };

    secretWithoutFile =
      { name }:
      {
        id = "secret-without-file";
        lines = [
          "credsmith.secrets.${name} has no file, and there is no credsmith.secretsFile to take it from"
          "Set credsmith.secrets.${name}.file."
        ];
      };

    secretName =
      { name }:
      {
        id = "secret-name";
        lines = [
          "credsmith.secrets has \"${name}\", which is no name of a file"
          "Choose a name without \".\" and \"..\" as a step, and without \"/\" at either end."
        ];
      };

    secretNameTaken =
      { name }:
      {
        id = "secret-name-taken";
        lines = [
          "credsmith.secrets.${name} has the name of a secret file of the AWS credentials"
          "Choose another name; the key in the file is told by its option \"key\"."
        ];
      };

    # ---- Profiles ------------------------------------------------------------------------------

    profilesNotMapping =
      { shown }:
      {
        id = "profiles-not-mapping";
        lines = [
          "Cannot find profiles in \"${shown}\": its \"profiles\" is no mapping"
          "Profiles stand as profiles/NAME/access_key_id and so on: credsmith edit -f ${shown}"
        ];
      };

    profileNotMapping =
      { shown, name }:
      {
        id = "profile-not-mapping";
        lines = [
          "Cannot use profile \"${name}\" of \"${shown}\": it is no mapping"
          "Its values stand below it, as profiles/${name}/access_key_id and so on: credsmith edit -f ${shown}"
        ];
      };

    profileName =
      { shown, name }:
      {
        id = "profile-name";
        lines = [
          "Cannot use profile \"${name}\" of \"${shown}\": names have small letters, digits and dashes, and begin with no dash"
          "Rename it: credsmith edit -f ${shown}"
        ];
      };

    profileNameTaken =
      { shown, name }:
      {
        id = "profile-name-taken";
        lines = [
          "Cannot use profile \"${name}\" of \"${shown}\": its secret files would have the names of the default profile's, such as aws_bedrock_model_id"
          "Rename it: credsmith edit -f ${shown}"
        ];
      };

    profileDefaultTwice =
      { shown }:
      {
        id = "profile-default-twice";
        lines = [
          "Cannot use profile \"default\" of \"${shown}\": it stands at the top level and under \"profiles/default\""
          "Keep one of the two: credsmith edit -f ${shown}"
        ];
      };

    profileInTwoFiles =
      { name, files }:
      {
        id = "profile-in-two-files";
        lines = [
          "Profile \"${name}\" is in ${lib.concatMapStringsSep " and in " quoted files}"
          "Rename it in one of them, or leave one out of credsmith.secretsFiles."
        ];
      };

    profileUnknown =
      {
        option,
        name,
        profiles,
      }:
      {
        id = "profile-unknown";
        lines = [
          "${option} names profile \"${name}\", which no secrets file has"
          "Correct the name (${known "profiles" profiles}), or add it: credsmith set profiles/${name}/access_key_id"
        ];
      };

    profileNotInstalled =
      {
        option,
        name,
        profiles,
      }:
      {
        id = "profile-not-installed";
        lines = [
          "${option} names profile \"${name}\", which this machine does not get"
          "Correct the name (${known "profiles" profiles}), or add it to credsmith.profiles."
        ];
      };

    profilePrivate =
      {
        option,
        name,
        units,
      }:
      {
        id = "profile-private";
        lines = [
          "${option} names profile \"${name}\", which is private to ${list units}"
          "Name another profile, or share this one with the members of credsmith.group: ${shareOne units}"
        ];
      };

    usersWithoutProfile =
      { units }:
      {
        id = "users-without-profile";
        lines = [
          "credsmith.users may read nothing: every profile is private to ${list units}"
          "Share a profile with them, ${shareOne units} or take them out."
        ];
      };

    healthWithoutProfile =
      { units }:
      {
        id = "health-without-profile";
        lines = [
          "credsmith.health.enable is set, and every profile is private to ${list units}, so there is none to check"
          "Take it out, or share a profile with the members of credsmith.group: ${shareOne units}"
        ];
      };

    profileWithoutKey =
      { name, shown }:
      {
        id = "profile-without-key";
        lines = [
          "Cannot use profile \"${name}\" of \"${shown}\": it has no access key with its secret"
          "Write both, ${
            if name == "default" then
              "aws_access_key_id and aws_secret_access_key"
            else
              "profiles/${name}/access_key_id and profiles/${name}/secret_access_key"
          }, with \"credsmith set\", or take it out of credsmith.profiles."
        ];
      };

    nothingToLoad =
      { files, profiles }:
      {
        id = "nothing-to-load";
        lines = [
          "Cannot find a profile with an access key and its secret in ${list files}${
            lib.optionalString (profiles != [ ]) ": ${list profiles} has none"
          }"
          "Write them with \"credsmith set aws_access_key_id\" and \"credsmith set aws_secret_access_key\", or see \"credsmith init\"."
        ];
      };

    runtimeProfiles =
      { file }:
      {
        id = "runtime-profiles";
        lines = [
          "credsmith.runtimeSecretsFile names \"${file}\", and nothing says which profiles are in it"
          "It cannot be read when the configuration is evaluated: set credsmith.profiles = [ \"default\" ]; or whatever it has."
        ];
      };

    # ---- Variables -----------------------------------------------------------------------------

    variableName =
      { option, name }:
      {
        id = "variable-name";
        lines = [
          "${option} has \"${name}\", which is no name of a variable"
          "Names have letters, digits and underscores, and begin with no digit."
        ];
      };

    variableReserved =
      { option, name }:
      {
        id = "variable-reserved";
        lines = [
          "${option} has \"${name}\", which a shell or credsmith needs for itself"
          "Choose another name."
        ];
      };

    variableValue =
      { name }:
      {
        id = "variable-value";
        lines = [
          "credsmith.variables.${name} has a line break"
          "Only secrets may have one: put it into credsmith.secrets."
        ];
      };

    variableTwice =
      {
        name,
        profile,
        by,
      }:
      {
        id = "variable-twice";
        lines = [
          "\"${name}\" of profile \"${profile}\" is set by ${lib.concatStringsSep " and by " by}"
          "Keep one of them."
        ];
      };

    variableWithoutProfile =
      {
        name,
        units ? [ ],
      }:
      {
        id = "variable-without-profile";
        lines = [
          "credsmith.secrets.${name}.variable is set, and there is no profile whose loader could set it"
          (
            if units == [ ] then
              "Name a secrets file with a profile in credsmith.secretsFile, or read the secret's file instead."
            else
              "Every profile is private to ${list units}. Share one, ${shareOne units} or read the secret's file instead."
          )
        ];
      };

    # ---- The machine ---------------------------------------------------------------------------

    loaderTwice =
      { path, by }:
      {
        id = "loader-twice";
        lines = [
          "Two loaders are installed at \"${path}\": ${lib.concatStringsSep " and " by}"
          "Give one of them another path."
        ];
      };

    loaderOutside =
      { option, path }:
      {
        id = "loader-outside-etc";
        lines = [
          "${option} is \"${path}\", which is not below /etc, where this system installs files"
          "Choose a path that begins with \"/etc/\"."
        ];
      };

    keyInStore =
      { option, path }:
      {
        id = "key-in-store";
        lines = [
          "${option} is \"${path}\", so the private key is in the Nix store, where everyone can read it"
          "Make a new key, make it a recipient in place of this one (credsmith access sync), and write the path in quotes: \"/var/lib/sops-nix/key.txt\"."
        ];
      };

    generateKeyWithoutFile = _: {
      id = "generate-key-without-file";
      lines = [
        "credsmith.generateKey is set, and nothing says where the key is to be"
        "Set credsmith.ageKeyFile = \"/var/lib/sops-nix/key.txt\";"
      ];
    };

    neededForUsers =
      { name }:
      {
        id = "needed-for-users";
        lines = [
          "sops.secrets.${name}.neededForUsers is set, so it would be at /run/secrets-for-users, where the loader does not look and the group cannot read"
          "Take that out, or ask for the value a second time under a name of your own in sops.secrets."
        ];
      };

    serviceSecretUnknown =
      {
        option,
        name,
        secrets,
      }:
      {
        id = "service-secret-unknown";
        lines = [
          "${option} names \"${name}\", which is not in credsmith.secrets"
          "Correct the name (${known "secrets" secrets}), or add it there."
        ];
      };
  }
