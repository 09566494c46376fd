import type { Command } from "@stricli/core";
import { everyPermission, type PermissionKind } from "../platform/permissions.ts";
import type { Context, RawRun } from "./command.ts";

/** What is known of a command before its code is loaded. */
export interface Verb {
  /** What the user types: `get`, or `claude configure`. */
  readonly words: string;
  readonly brief: string;
  /** Which of the two tables of `--help` shows it. */
  readonly table: "everyday" | "more" | "hidden";
  /** The permissions that are kept; every other kind is gone before the code is loaded. */
  readonly keeps: readonly PermissionKind[];
  /** Needs the list of mounts, which Deno refuses once anything is revoked. */
  readonly mounts?: true;
  /**
   * Makes sessions, unless `--static` is given: it keeps them in memory, and may ask for an MFA code
   * on the terminal. Implies `mounts`.
   */
  readonly sessions?: true;
  /** Keeps something in the private folder in memory, whatever its flags are. */
  readonly privateFolder?: true;
  /** Opens what its arguments name and nothing else: no identity, no secrets file. */
  readonly opensArgumentsOnly?: true;
  load(): Promise<{ command: Command<Context> } | { runRaw: RawRun }>;
}

/**
 * What may be needed to open a secrets file: identities from commands and plugins, keys in a cloud.
 * All that its keys turn out not to need is given up before anything is decrypted.
 */
const openingPermissions: readonly PermissionKind[] = ["read", "write", "net", "env", "sys", "run"];

export const verbs: readonly Verb[] = [
  {
    words: "init",
    brief: "encrypt a key that lies in plaintext, remove the plaintext",
    table: "everyday",
    // It looks around in /proc and /sys before it overwrites plaintext, which needs all of them.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/init.ts"),
  },
  {
    words: "verify",
    brief: "check the whole chain, from the file to Claude Code's answer",
    table: "everyday",
    // To write only for --health, to run until the file is open, and no network with --offline.
    keeps: openingPermissions,
    sessions: true,
    load: () => import("./commands/verify.ts"),
  },
  {
    words: "status",
    brief: "every credential, worst first, and the next step",
    table: "everyday",
    // All, until the sessions in memory are read, which may be below /dev/shm.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/status.ts"),
  },
  {
    words: "rotate",
    brief: "replace the AWS key of a profile, crash-safe",
    table: "everyday",
    // It asks AWS, and git whether the file is committed.
    keeps: ["read", "write", "net", "env", "sys", "run"],
    load: () => import("./commands/rotate.ts"),
  },
  {
    words: "models",
    brief: "which models this account can use, and how",
    table: "everyday",
    // A role's session may be cached in a folder in memory.
    keeps: openingPermissions,
    mounts: true,
    load: () => import("./commands/models.ts"),
  },
  {
    words: "models pin",
    brief: "set a profile's models, in the file and for Claude Code",
    table: "everyday",
    // All, until it was seen what Claude Code's settings stand on.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/models_pin.ts"),
  },
  {
    words: "policy",
    brief: "the least IAM policy for what the file uses; --check",
    table: "more",
    // A role's session may be cached in a folder in memory.
    keeps: openingPermissions,
    mounts: true,
    load: () => import("./commands/policy.ts"),
  },
  {
    words: "claude configure",
    brief: "let Claude Code use the credentials, but not its tools",
    table: "everyday",
    // All, until it is known what the files stand on and the secrets file is about to be opened.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/claude_configure.ts"),
  },
  {
    words: "edit",
    brief: "open the secrets file in your editor",
    table: "everyday",
    // An editor may do anything, so nothing is won here; the command narrows where it can.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/edit.ts"),
  },
  {
    words: "audit",
    brief: "who used these keys, from where, for what",
    table: "more",
    keeps: openingPermissions,
    // A role's, and what is asked by its rights.
    sessions: true,
    load: () => import("./commands/audit.ts"),
  },
  {
    words: "access list",
    brief: "who can open the secrets files, and which are behind",
    table: "everyday",
    keeps: openingPermissions,
    load: () => import("./commands/access_list.ts"),
  },
  {
    words: "access add",
    brief: "let somebody open the secrets files",
    table: "everyday",
    keeps: openingPermissions,
    load: () => import("./commands/access_add.ts"),
  },
  {
    words: "access remove",
    brief: "take somebody's access, with new data keys",
    table: "everyday",
    keeps: openingPermissions,
    load: () => import("./commands/access_remove.ts"),
  },
  {
    words: "access sync",
    brief: "bring files to the recipients of .sops.yaml",
    table: "everyday",
    keeps: openingPermissions,
    load: () => import("./commands/access_sync.ts"),
  },
  {
    words: "access renew",
    brief: "give files new data keys",
    table: "everyday",
    keeps: openingPermissions,
    load: () => import("./commands/access_renew.ts"),
  },
  {
    words: "get",
    brief: "print one value, or the names of all",
    table: "more",
    keeps: openingPermissions,
    load: () => import("./commands/get.ts"),
  },
  {
    words: "set",
    brief: "write one value",
    table: "more",
    // Given up once the value was read: `--from-file <(...)` needs them all.
    keeps: everyPermission,
    load: () => import("./commands/set.ts"),
  },
  {
    words: "unset",
    brief: "remove one value, or all below a name",
    table: "more",
    keeps: openingPermissions,
    load: () => import("./commands/unset.ts"),
  },
  {
    words: "exec",
    brief: "run a program with the credentials in its environment",
    table: "everyday",
    // What the program may do is not for us to say; here only `run` and `env` stay.
    keeps: openingPermissions,
    sessions: true,
    load: () => import("./commands/exec.ts"),
  },
  {
    words: "login",
    brief: "make a new session, with an MFA code where it takes one",
    table: "everyday",
    keeps: openingPermissions,
    sessions: true,
    load: () => import("./commands/login.ts"),
  },
  {
    words: "unlock",
    brief: "put secret files and loaders in memory, without NixOS",
    table: "more",
    // All, until it is known whether the folder is under /dev/shm; then the rest is given up.
    keeps: everyPermission,
    mounts: true,
    sessions: true,
    load: () => import("./commands/unlock.ts"),
  },
  {
    words: "keep-unlocked",
    brief: "keep the secret files of unlock fresh",
    table: "hidden",
    // It opens the secrets file again and again.
    keeps: openingPermissions,
    sessions: true,
    load: () => import("./commands/keep_unlocked.ts"),
  },
  {
    words: "lock",
    brief: "take away what unlock made",
    table: "more",
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/lock.ts"),
  },
  {
    words: "load-env",
    brief: "print a loader for bash, zsh, sh or fish",
    table: "more",
    keeps: ["read"],
    opensArgumentsOnly: true,
    load: () => import("./commands/load_env.ts"),
  },
  {
    words: "aws-config",
    brief: "let AWS SDKs and the AWS CLI take their credentials here",
    table: "more",
    keeps: openingPermissions,
    load: () => import("./commands/aws_config.ts"),
  },
  {
    words: "credential-process",
    brief: "give credentials to AWS SDKs and Claude Code",
    table: "more",
    keeps: openingPermissions,
    sessions: true,
    load: () => import("./commands/credential_process.ts"),
  },
  {
    words: "serve",
    brief: "serve credentials to AWS SDKs, kept fresh",
    table: "more",
    // It listens, asks AWS, and opens the file again when that has changed.
    keeps: openingPermissions,
    mounts: true,
    sessions: true,
    privateFolder: true,
    load: () => import("./commands/serve.ts"),
  },
  {
    words: "sops",
    brief: "speak sops's own command line",
    table: "more",
    // Given up once the input was read: `sops -d /dev/stdin` needs them all.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/sops.ts"),
  },
  {
    words: "completion",
    brief: "print what makes a shell complete credsmith",
    table: "more",
    keeps: ["read"],
    load: () => import("./commands/completion.ts"),
  },
  {
    words: "__complete",
    brief: "candidates for the shells' completion",
    table: "hidden",
    keeps: ["read"],
    load: () => import("./commands/complete.ts"),
  },
  {
    words: "install-secrets",
    brief: "install what can be, after sops-install-secrets failed",
    table: "hidden",
    // It starts sops-install-secrets, and makes a folder that this is tried out in.
    keeps: ["read", "write", "env", "run"],
    load: () => import("./commands/install_secrets.ts"),
  },
  {
    words: "install-runtime-secrets",
    brief: "install the secrets of a file on this machine",
    table: "hidden",
    keeps: ["read", "write", "env", "run"],
    load: () => import("./commands/install_runtime_secrets.ts"),
  },
  {
    words: "git install",
    brief: "let git diff, merge and check secrets files",
    table: "more",
    // It asks git at every step.
    keeps: ["read", "write", "env", "run"],
    load: () => import("./commands/git_install.ts"),
  },
  {
    words: "git uninstall",
    brief: "take out what git install wrote",
    table: "more",
    keeps: ["read", "write", "env", "run"],
    load: () => import("./commands/git_uninstall.ts"),
  },
  {
    words: "git check",
    brief: "refuse plaintext and tampered files before a commit",
    table: "more",
    keeps: ["read", "env", "run"],
    load: () => import("./commands/git_check.ts"),
  },
  {
    words: "git textconv",
    brief: "print what git compares in place of a secrets file",
    table: "hidden",
    // All, until it was seen in /proc which command of git asks.
    keeps: everyPermission,
    load: () => import("./commands/git_textconv.ts"),
  },
  {
    words: "git merge",
    brief: "merge three versions of a secrets file, for git",
    table: "hidden",
    keeps: ["read", "write", "net", "env", "sys", "run"],
    load: () => import("./commands/git_merge.ts"),
  },
  {
    words: "shred",
    brief: "destroy plaintext files, and say how far that went",
    table: "more",
    // All, until it is known what the files stand on; then the command gives up the rest itself.
    keeps: everyPermission,
    mounts: true,
    load: () => import("./commands/shred.ts"),
  },
];
