/**
 * Names that a shell, the dynamic linker or an interpreter acts upon. A loader that set one would
 * change what the user's shell does, or whose code it runs.
 */
const reserved = new Set([
  // Where programs, functions and start-up files come from.
  ..."PATH CDPATH FPATH MANPATH MODULE_PATH HOME SHELL ENV BASH_ENV ZDOTDIR INPUTRC".split(" "),
  // How words are split, files are matched, and prompts and traces are printed.
  ..."IFS GLOBIGNORE GLOBSORT EXECIGNORE FIGNORE POSIXLY_CORRECT PROMPT PROMPT2 PROMPT3 PROMPT4"
    .split(" "),
  ..."RPROMPT RPS1 PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 WORDCHARS TIMEFMT".split(" "),
  // What shells keep about themselves; several are read-only, and setting those ends the shell.
  ..."SHELLOPTS BASHOPTS BASHPID UID EUID GID EGID GROUPS PPID USERNAME LINENO RANDOM SRANDOM"
    .split(" "),
  ..."SECONDS EPOCHSECONDS EPOCHREALTIME OPTARG OPTIND OPTERR REPLY DIRSTACK FUNCNAME FUNCNEST"
    .split(" "),
  ..."COMP_LINE COMP_POINT COMPREPLY MAPFILE PIPESTATUS HISTCMD HISTFILE HOSTTYPE MACHTYPE OSTYPE"
    .split(" "),
  ..."PWD OLDPWD SHLVL TERM TMOUT TMPPREFIX TMPDIR NULLCMD READNULLCMD KEYTIMEOUT TTYIDLE ERRNO"
    .split(" "),
  ..."argv status pipestatus path fpath cdpath manpath module_path mailpath psvar prompt signals"
    .split(" "),
  ..."history histchars watch zsh_eval_context version hostname umask fish_pid last_pid _".split(
    " ",
  ),
  // What makes other programs load code.
  ..."NODE_OPTIONS PYTHONSTARTUP PYTHONPATH PERL5OPT PERL5LIB RUBYOPT RUBYLIB".split(" "),
]);

const reservedPrefixes = [
  "LD_",
  "DYLD_",
  "BASH_",
  "ZSH_",
  "fish_",
  "CREDSMITH_",
  "__credsmith",
  "__cs_",
];

/** Whether a shell can have a variable of that name. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Whether a loader must leave that variable alone: shells, linkers or this program act upon it. */
export function isReservedName(name: string): boolean {
  return reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

/** Whether a profile of a manifest can be called that. */
export function isProfileName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(name) && name !== "bedrock";
}
