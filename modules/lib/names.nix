# Which names a profile, a variable and a secret file can have. The same as src/loader/names.ts.
{ lib }:

let
  inherit (builtins) match;
  words = text: lib.concatMap (lib.splitString " ") (lib.splitString "\n" text);

  reserved = lib.genAttrs (words ''
    PATH CDPATH FPATH MANPATH MODULE_PATH HOME SHELL ENV BASH_ENV ZDOTDIR INPUTRC
    IFS GLOBIGNORE GLOBSORT EXECIGNORE FIGNORE POSIXLY_CORRECT PROMPT PROMPT2 PROMPT3 PROMPT4
    RPROMPT RPS1 PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 WORDCHARS TIMEFMT
    SHELLOPTS BASHOPTS BASHPID UID EUID GID EGID GROUPS PPID USERNAME LINENO RANDOM SRANDOM
    SECONDS EPOCHSECONDS EPOCHREALTIME OPTARG OPTIND OPTERR REPLY DIRSTACK FUNCNAME FUNCNEST
    COMP_LINE COMP_POINT COMPREPLY MAPFILE PIPESTATUS HISTCMD HISTFILE HOSTTYPE MACHTYPE OSTYPE
    PWD OLDPWD SHLVL TERM TMOUT TMPPREFIX TMPDIR NULLCMD READNULLCMD KEYTIMEOUT TTYIDLE ERRNO
    argv status pipestatus path fpath cdpath manpath module_path mailpath psvar prompt signals
    history histchars watch zsh_eval_context version hostname umask fish_pid last_pid _
    NODE_OPTIONS PYTHONSTARTUP PYTHONPATH PERL5OPT PERL5LIB RUBYOPT RUBYLIB
  '') (_: true);

  reservedPrefixes = [
    "LD_"
    "DYLD_"
    "BASH_"
    "ZSH_"
    "fish_"
    "CREDSMITH_"
    "__credsmith"
    "__cs_"
  ];
in
{
  isProfileName = name: match "[a-z0-9][a-z0-9-]*" name != null;

  # `bedrock` would give files the names of the default profile's: aws_bedrock_model_id.
  isTakenProfileName = name: name == "bedrock";

  isVariableName = name: match "[A-Za-z_][A-Za-z0-9_]*" name != null;

  # Shells, linkers or credsmith act upon such a variable.
  isReservedName =
    name: reserved ? ${name} || lib.any (prefix: lib.hasPrefix prefix name) reservedPrefixes;

  # A path below the folder of the secret files, without steps that a reader could misjudge.
  isSecretName =
    name:
    name != ""
    && !lib.hasInfix "\n" name
    && lib.all (step: !(match "[.]{0,2}" step != null)) (lib.splitString "/" name);
}
