import { ownUid } from "../platform/host.ts";
import { anySpecialFile, revokeAllBut, turnCoreDumpsOff } from "../platform/permissions.ts";
import type { Context } from "./command.ts";
import { runCommand } from "./run_command.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";
import { type Verb, verbs } from "./verbs.ts";

/**
 * Runs one command line.
 *
 * @param given what follows the program's name; without any, `status` where there is a secrets file
 * @returns the exit code, 0 to 255
 */
export async function main(given: readonly string[]): Promise<number> {
  turnCoreDumpsOff();
  const env = Deno.env.toObject();
  const terminal = systemTerminal(env);
  try {
    const args = given.length === 0 && await hasSecretsFile(env) ? ["status"] : given;
    const found = findVerb(args[0] === "help" ? [...args.slice(1), "--help"] : args);
    if (found === undefined) return await general(args, terminal);
    const { verb, rest } = found;
    const context = await prepare(verb, terminal, env, args);
    const loaded = await verb.load();
    return "runRaw" in loaded
      ? await loaded.runRaw(context, rest)
      : await runCommand(loaded.command, verb.words, rest, context);
  } catch (error) {
    const { report } = await import("./faults.ts");
    return await report(error, terminal, { json: false, env });
  }
}

/** Whether commands would find a secrets file here, or were told of one. */
async function hasSecretsFile(env: Readonly<Record<string, string>>): Promise<boolean> {
  if (env.CREDSMITH_FILE) return true;
  const { findSecretsFile } = await import("../store/find.ts");
  try {
    findSecretsFile({ env, cwd: Deno.cwd() });
    return true;
  } catch {
    return false;
  }
}

/** The verb with the most words that the arguments begin with. */
function findVerb(args: readonly string[]): { verb: Verb; rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const words = args.slice(0, count);
    if (words.length < count) continue;
    const verb = verbs.find((each) => each.words === words.join(" "));
    if (verb) return { verb, rest: args.slice(count) };
  }
  return undefined;
}

/** Takes what Deno would refuse later, then gives up what this verb does not need. */
async function prepare(
  verb: Verb,
  terminal: Terminal,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Context> {
  const cwd = Deno.cwd();
  const mountinfo = (verb.mounts || verb.sessions) && Deno.build.os === "linux"
    ? readOr("/proc/self/mountinfo")
    : undefined;
  const makesSessions = verb.sessions &&
    !optionsOf(args).some((each) =>
      /^--(?:static|offline|local|explain|health|manifest)(?:=|$)/.test(each)
    );
  const { openTty } = makesSessions ? await import("../platform/tty.ts") : {};
  const { usesSharedMemory } = makesSessions || verb.privateFolder
    ? await import("../platform/memory.ts")
    : {};
  const tty = openTty?.();
  const needsAll = needsSpecialFiles(verb, args, env, cwd) ||
    Deno.build.os === "linux" && usesSharedMemory?.({ env, mountinfo }) === true;
  const narrow: Context["narrow"] = (kept) => {
    if (!needsAll) revokeAllBut(kept);
  };
  // The log of actions has to be ours, and the system does not tell who we are any more later.
  if (verb.keeps.includes("write")) ownUid();
  narrow(verb.keeps);
  const process: Context["process"] = {
    stdout: { write: (text: string) => terminal.out(text) },
    stderr: { write: (text: string) => terminal.note(text.replace(/\n$/, "")) },
    exitCode: undefined,
  };
  return { process, terminal, env, cwd, mountinfo, tty, narrow };
}

/** What is ours of a command line. */
function optionsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

/** Variables that name a file or a folder that a command may open. */
const pathVariables = [
  "HOME",
  "XDG_CONFIG_HOME",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
  "CREDSMITH_FILE",
  "CLAUDE_CONFIG_DIR",
  "SOPS_CONFIG",
  "SOPS_AGE_KEY_FILE",
  "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
];

/**
 * Whether the command may have to open something that Deno refuses once a permission is gone:
 * `/dev/shm`, `/dev/stdin`, the `/dev/fd/63` of `<(...)`, also through links. Then nothing is
 * given up.
 */
function needsSpecialFiles(
  verb: Verb,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): boolean {
  const named = args.filter((arg) => !/^--?[\w-]*$/.test(arg))
    .map((arg) => withoutScheme(arg.replace(/^--[\w-]+=/, "")));
  if (verb.opensArgumentsOnly) return anySpecialFile([cwd, ...named]);
  const { HOME, XDG_CONFIG_HOME } = env;
  const identities = "sops/age/keys.txt";
  return anySpecialFile([
    cwd,
    ...pathVariables.flatMap((name) => env[name] || []),
    ...(env.SOPS_KEYSERVICE ?? "").split(",").filter(Boolean).map(withoutScheme),
    ...(HOME ? [`${HOME}/.config/${identities}`] : []),
    ...(XDG_CONFIG_HOME ? [`${XDG_CONFIG_HOME}/${identities}`] : []),
    ...named,
    "secrets/aws.yaml",
  ]);
}

/** The path of a key service's socket. */
function withoutScheme(text: string): string {
  return text.replace(/^unix:(\/\/)?/, "");
}

function readOr(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/** Help, the version, completion, and words that are no verb. */
async function general(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { general } = await import("./help.ts");
  return general(args, terminal);
}
