# Every option, once, for every platform: "nixos", "home" (home-manager) or "darwin" (nix-darwin).
# An option that a platform cannot honour does not exist there.
{ platform }:

{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  own = import ./lib/types.nix { inherit lib; };

  cfg = config.credsmith;
  on = platforms: lib.optionalAttrs (lib.elem platform platforms);
  byPlatform = choices: choices.${platform};

  loaderFolder = byPlatform {
    nixos = "/etc";
    home = "${config.xdg.configHome}/credsmith";
    darwin = "/etc";
  };
  loaderFolderText = byPlatform {
    nixos = "/etc";
    home = "\${config.xdg.configHome}/credsmith";
    darwin = "/etc";
  };
  accountsWords = byPlatform {
    nixos = "the members of {option}`credsmith.group`";
    home = "this user";
    darwin = "the members of {option}`credsmith.group`";
  };

  secret =
    { name, ... }:
    {
      options = {
        file = mkOption {
          type = types.nullOr types.path;
          default = null;
          defaultText = lib.literalExpression "config.credsmith.secretsFile";
          example = lib.literalExpression "./secrets/tokens.yaml";
          description = "The encrypted file that holds this secret.";
        };
        key = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalMD "the name of the secret";
          example = "claude/oauth_token";
          description = ''
            Which value of a YAML or JSON file this is, with `/` between the levels; JSON has one
            level. `""` is the whole file, as are files of every other format.
          '';
        };
        format = mkOption {
          type = types.nullOr (
            types.enum [
              "yaml"
              "json"
              "dotenv"
              "ini"
              "binary"
            ]
          );
          default = null;
          defaultText = lib.literalMD "what the name of the file ends in";
          example = "binary";
          description = "The format of the file.";
        };
        variable = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "GITHUB_TOKEN";
          description = ''
            The variable in which the loader puts this secret. `null`: it is a file and nothing
            else.
          '';
        };
        profiles = mkOption {
          type = types.nullOr (types.listOf types.str);
          default = null;
          defaultText = lib.literalMD "all";
          example = [ "production" ];
          description = "The profiles whose loader sets {option}`variable`.";
        };
        mode = mkOption {
          type = own.fileMode;
          default = byPlatform {
            nixos = "0440";
            home = "0400";
            darwin = "0440";
          };
          example = byPlatform {
            nixos = "0400";
            home = "0600";
            darwin = "0400";
          };
          description = "The permissions of the secret's file.";
        };
      }
      // on [ "nixos" "darwin" ] {
        owner = mkOption {
          type = types.nullOr own.accountName;
          default = null;
          defaultText = lib.literalMD "root";
          example = "nginx";
          description = ''
            The user who owns the secret's file, may read it at once, without logging in again, and
            may change its mode. The user has to exist.
          '';
        };
        group = mkOption {
          type = types.nullOr own.accountName;
          default = null;
          defaultText = lib.literalMD ''
            {option}`credsmith.group`; where there is an {option}`owner`, that user's group; `root`
            where only services get the secret
          '';
          example = "wheel";
          description = "The group whose members may read the secret's file.";
        };
      }
      // on [ "nixos" ] {
        restartUnits = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "nginx.service" ];
          description = ''
            Units that a switch restarts when the value has changed. A unit that is not running
            stays as it is.
          '';
        };
      };
    };

  service =
    { config, ... }:
    {
      options = {
        profile = mkOption {
          type = types.nullOr types.str;
          default = null;
          defaultText = lib.literalMD "{option}`credsmith.defaultProfile`, else `default`";
          example = "production";
          description = "The profile whose AWS credentials the unit gets.";
        };
        shared = mkOption {
          type = types.bool;
          default = lib.elem config.profile [
            null
            "default"
            cfg.defaultProfile
          ];
          defaultText = lib.literalMD ''
            `true` for `default` and {option}`credsmith.defaultProfile`, `false` for other profiles
          '';
          example = true;
          description = ''
            Whether the members of {option}`credsmith.group` may have the profile as well, and the
            loader has it. Otherwise it is private to the services that name it: its secret files
            are root's alone. One service that shares it is enough.
          '';
        };
        secrets = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "github_token" ];
          description = ''
            Names in {option}`credsmith.secrets`. The unit finds the path of each in
            `NAME_FILE`, in capitals. One without a variable, an owner and a group of its own is
            private to services: its file is root's alone.
          '';
        };
        region = mkOption {
          type = types.nullOr types.str;
          default = null;
          defaultText = lib.literalMD "the region of the profile, read when the unit starts";
          example = "eu-central-1";
          description = "The unit's `AWS_REGION`, as a constant. It is readable to all.";
        };
        model = mkOption {
          type = types.nullOr types.str;
          default = null;
          defaultText = lib.literalMD "the model of the profile, read when the unit starts";
          example = "eu.anthropic.claude-opus-4-8";
          description = "The unit's `ANTHROPIC_MODEL`, as a constant. It is readable to all.";
        };
        restartSec = mkOption {
          type = types.either types.ints.positive types.str;
          default = "10s";
          example = "1min";
          description = "How long the unit waits before it is tried again after it failed.";
        };
      };
    };
in
{
  _file = ./options.nix;
  key = "credsmith/options.nix#${platform}";

  options.credsmith = {
    enable = lib.mkEnableOption "AWS, Bedrock and Claude credentials from an encrypted file in git";

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "credsmith.packages.\${system}.default";
      example = lib.literalExpression "pkgs.credsmith";
      description = "The credsmith that is installed, and that writes the loader.";
    };

    secretsFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "./secrets/aws.yaml";
      description = ''
        The encrypted file with the AWS credentials. Its profiles are found by the names of its
        keys when the configuration is evaluated; nothing is decrypted there. In a flake it has to
        be added to git.
      '';
    };

    secretsFiles = mkOption {
      type = types.listOf types.path;
      default = lib.optional (cfg.secretsFile != null) cfg.secretsFile;
      defaultText = lib.literalExpression "[ config.credsmith.secretsFile ]";
      example = lib.literalExpression "[ ./secrets/aws.yaml ./secrets/production.yaml ]";
      description = ''
        Several encrypted files in place of {option}`credsmith.secretsFile`. Their profiles are
        joined; no two files may have the same profile.
      '';
    };

    profiles = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      defaultText = lib.literalMD "every profile of the secrets files that has a key";
      example = [
        "default"
        "production"
      ];
      description = "The profiles that this machine gets. What is not named stays encrypted.";
    };

    defaultProfile = mkOption {
      type = types.nullOr types.str;
      default = null;
      defaultText = lib.literalMD "`default`, else the only profile";
      example = "production";
      description = "The profile that the loader loads when none is named.";
    };

    directory = mkOption {
      type = own.pathOutsideStore;
      default = byPlatform {
        nixos = "/run/secrets";
        home = "${config.xdg.configHome}/sops-nix/secrets";
        darwin = "/run/secrets";
      };
      internal = true;
      description = "Where the secret files are.";
    };

    ageKeyFile = mkOption {
      type = types.nullOr own.pathOutsideStore;
      default = null;
      example = byPlatform {
        nixos = "/var/lib/sops-nix/key.txt";
        home = "/home/dev/.config/sops/age/keys.txt";
        darwin = "/var/lib/sops-nix/key.txt";
      };
      description = ''
        A file on the machine with an age identity that opens the secrets files. It has to be
        there: when it is absent, no secret is installed, SSH keys or not. `null` leaves
        {option}`sops.age.keyFile` as it is.
      '';
    };

    sshHostKeys = mkOption {
      type = types.nullOr (types.listOf own.pathOutsideStore);
      default = null;
      defaultText = byPlatform {
        nixos = lib.literalMD "the ed25519 keys in {option}`services.openssh.hostKeys`";
        home = lib.literalMD "none";
        darwin = lib.literalMD "what {option}`sops.age.sshKeyPaths` is";
      };
      example = byPlatform {
        nixos = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
        home = [ "/home/dev/.ssh/id_ed25519" ];
        darwin = [ "/etc/ssh/ssh_host_ed25519_key" ];
      };
      description = ''
        SSH private keys, ed25519, that open the secrets files. One that is absent is passed over.
      '';
    };

    generateKey = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Makes {option}`credsmith.ageKeyFile` where it is absent. The new key opens nothing until it
        has become a recipient of the secrets files, with `credsmith access sync`.
      '';
    };

    variables = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        AWS_MAX_ATTEMPTS = "5";
      };
      description = ''
        More variables for the loader, the same in every profile. They are readable to all: no
        secrets.
      '';
    };

    secrets = mkOption {
      type = types.attrsOf (types.submodule secret);
      default = { };
      example = lib.literalExpression ''
        {
          github_token = {
            file = ./secrets/tokens.yaml;
            variable = "GITHUB_TOKEN";
          };
        }
      '';
      description = ''
        More secrets, such as OAuth tokens and API keys, by the names of their files. They are
        readable to root and ${accountsWords}, unless they say otherwise.
      '';
    };

    loader = {
      enable = mkOption {
        type = types.bool;
        default = true;
        example = false;
        description = "Installs the scripts that put a profile into a shell's environment.";
      };
      path = mkOption {
        type = own.absolutePath;
        default = "${loaderFolder}/load-aws-bedrock.sh";
        defaultText = lib.literalExpression ''"${loaderFolderText}/load-aws-bedrock.sh"'';
        example = byPlatform {
          nixos = "/etc/aws/load.sh";
          home = "/home/dev/.local/share/credsmith/load.sh";
          darwin = "/etc/aws/load.sh";
        };
        description = ''
          Where the loader for bash, zsh and every other Bourne shell is installed. Source it, with
          the name of a profile where it is not the default; it never exits the shell.
        '';
      };
      fishPath = mkOption {
        type = own.absolutePath;
        default = "${lib.removeSuffix ".sh" cfg.loader.path}.fish";
        defaultText = lib.literalMD ''
          {option}`credsmith.loader.path` with `.fish` in place of `.sh`
        '';
        example = byPlatform {
          nixos = "/etc/aws/load.fish";
          home = "/home/dev/.local/share/credsmith/load.fish";
          darwin = "/etc/aws/load.fish";
        };
        description = "Where the loader for fish is installed.";
      };
      olderNames = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = ''
          Sets `ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID`, `…_SECRET_ACCESS_KEY` and `…_REGION` as
          well, for programs that know only those. Otherwise the loader unsets them.
        '';
      };
      unset = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "AWS_ENDPOINT_URL" ];
        description = ''
          More variables that the loader unsets, besides those that AWS SDKs or Claude Code would
          heed in place of the loaded ones.
        '';
      };
      autoLoad = {
        bash = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = "Loads the default profile in every interactive bash.";
        };
        zsh = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = "Loads the default profile in every interactive zsh.";
        };
        fish = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = "Loads the default profile in every interactive fish.";
        };
      };
    };

    rotation = {
      remindAfterDays = mkOption {
        type = types.ints.positive;
        default = 76;
        example = 30;
        description = ''
          The age of an AWS key, in days, from which on it is called due for rotation.
        '';
      };
      maxAgeDays = mkOption {
        type = types.ints.positive;
        default = 90;
        example = 45;
        description = "The age of an AWS key, in days, from which on it is called overdue.";
      };
    };

    resolved = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "What the secrets files and these options come to, for the platform's modules.";
    };
  }
  // on [ "nixos" "darwin" ] {
    group = mkOption {
      type = own.accountName;
      default = "credsmith";
      example = "aws";
      description = ''
        The group whose members may read the credentials. It is made. Who becomes a member has to
        log in again.
      '';
    };

    users = mkOption {
      type = types.listOf own.accountName;
      default = [ ];
      example = [ "dev" ];
      description = ''
        The users who may read the credentials, besides root: they join
        {option}`credsmith.group`.
      '';
    };

    claude = {
      enable = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = ''
          Writes Claude Code's managed settings, which apply to every user of the machine: Bedrock,
          with credentials that Claude Code gets and what it starts does not.
        '';
      };
      profile = mkOption {
        type = types.nullOr types.str;
        default = null;
        defaultText = lib.literalMD "{option}`credsmith.defaultProfile`, else `default`";
        example = "claude";
        description = "The profile that Claude Code uses.";
      };
      model = mkOption {
        type = types.nullOr types.str;
        default = null;
        defaultText = lib.literalMD "Claude Code's own choice";
        example = "us.anthropic.claude-opus-4-8";
        description = "The model, or the inference profile, that Claude Code uses.";
      };
      smallModel = mkOption {
        type = types.nullOr types.str;
        default = null;
        defaultText = lib.literalMD "Claude Code's own choice";
        example = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
        description = "The model for what Claude Code does in the background.";
      };
      region = mkOption {
        type = types.nullOr types.str;
        default = null;
        defaultText = lib.literalMD "what Claude Code finds in its environment, else us-east-1";
        example = "eu-central-1";
        description = ''
          The region in which Claude Code asks Bedrock. The one in the secrets file is encrypted, so
          it cannot be taken from there.
        '';
      };
      regionPrefix = mkOption {
        type = types.nullOr (
          types.enum [
            "us"
            "eu"
            "apac"
            "jp"
            "au"
            "global"
          ]
        );
        default = null;
        defaultText = lib.literalMD "by the region of the profile";
        example = "eu";
        description = "Where Bedrock may answer: what the ids of inference profiles begin with.";
      };
      extraSettings = mkOption {
        type = types.attrsOf types.anything;
        default = { };
        example = lib.literalExpression ''{ permissions.deny = [ "Read(/run/secrets/**)" ]; }'';
        description = "More managed settings. They are readable to all: no secrets.";
      };
    };
  }
  // on [ "nixos" ] {
    runtimeSecretsFile = mkOption {
      type = types.nullOr own.pathOutsideStore;
      default = null;
      example = "/var/lib/credsmith/aws.yaml";
      description = ''
        An encrypted file on the machine. When it changes, its secrets are installed again, without
        a rebuild, and a rollback of the system does not bring the old ones back. It cannot be read
        when the configuration is evaluated, so {option}`credsmith.profiles` has to name its
        profiles.
      '';
    };

    degrade = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = ''
        When a secrets file cannot be decrypted at boot, installs those of all others, and says in
        the journal what is left out, why, and what to do. A file with one bad value is left out
        whole. On a switch nothing changes: the secrets that are there stay, and the switch fails.
      '';
    };

    services = mkOption {
      type = types.attrsOf (types.submodule service);
      default = { };
      example = lib.literalExpression ''
        {
          billing = { profile = "production"; secrets = [ "github_token" ]; };
        }
      '';
      description = ''
        Services, by the names of their units without `.service`, that get AWS credentials which
        only the unit's user and root can read: in a file that `AWS_SHARED_CREDENTIALS_FILE` names.
        Nobody else has a profile of theirs, unless it is {option}`shared`. A unit is restarted when a value changes. Where it has `LoadCredential` or `EnvironmentFile`
        of its own, they have to be lists.
      '';
    };
  }
  // on [ "nixos" "home" ] {
    health = {
      enable = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = ''
          Runs `credsmith verify` from time to time, without invoking a model, and leaves what it
          found in `health.json` in {option}`credsmith.health.directory`.
        '';
      };
      interval = mkOption {
        type = types.str;
        default = "hourly";
        example = "*-*-* 06:00:00";
        description = "When it runs, as `OnCalendar` in {manpage}`systemd.timer(5)` has it.";
      };
      profiles = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        defaultText = lib.literalMD "all";
        example = [ "production" ];
        description = "The profiles that are checked.";
      };
      onFailure = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "notify-admin.service" ];
        description = ''
          Units that are started when the credentials do not work. A temporary failure, such as no
          network, starts none.
        '';
      };
      directory = mkOption {
        type = own.pathOutsideStore;
        default = byPlatform {
          nixos = "/run/credsmith";
          home = "${config.home.homeDirectory}/.local/state/credsmith";
        };
        defaultText = lib.literalExpression (byPlatform {
          nixos = ''"/run/credsmith"'';
          home = ''"''${config.home.homeDirectory}/.local/state/credsmith"'';
        });
        example = byPlatform {
          nixos = "/run/health";
          home = "/home/dev/.cache/credsmith";
        };
        description = "Where the result is left. It holds no secret, and all may read it.";
      };
    }
    // on [ "nixos" ] {
      user = mkOption {
        type = own.accountName;
        default = "credsmith-health";
        example = "monitoring";
        description = "The user as whom it runs. The default is made.";
      };
      group = mkOption {
        type = own.accountName;
        default = cfg.group;
        defaultText = lib.literalExpression "config.credsmith.group";
        example = "monitoring";
        description = "The group as which it runs; it has to be able to read the credentials.";
      };
    };
  };
}
