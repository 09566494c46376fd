import { buildApplication, type Command, run, text_en } from "@stricli/core";
import { isSpecialFile, revokeAllBut, turnCoreDumpsOff } from "../platform/permissions.ts";
import { argumentFault } from "./argument_faults.ts";
import { type Context, helpSpecOf } from "./command.ts";
import { exitCodes } from "./exit_codes.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";
import { type Verb, verbs } from "./verbs.ts";

/**
 * Runs one command line.
 *
 * @param args what follows the program's name
 * @returns the exit code, 0 to 255
 */
export async function main(args: readonly string[]): Promise<number> {
  turnCoreDumpsOff();
  const env = Deno.env.toObject();
  const terminal = systemTerminal(env);
  try {
    const found = findVerb(args[0] === "help" ? [...args.slice(1), "--help"] : args);
    if (found === undefined) return await general(args, terminal);
    const { verb, rest } = found;
    const context = prepare(verb, terminal, env, args);
    const loaded = await verb.load();
    return "runRaw" in loaded
      ? await loaded.runRaw(context, rest)
      : await runCommand(loaded.command, verb.words, rest, context);
  } catch (error) {
    const { report } = await import("./faults.ts");
    return await report(error, terminal, { json: false });
  }
}

/**
 * Runs a command on its arguments.
 *
 * @param words how the user calls it, without the program's name
 * @returns the exit code, 0 to 255
 */
export async function runCommand(
  command: Command<Context>,
  words: string,
  args: readonly string[],
  context: Context,
): Promise<number> {
  const help = asksForHelp(args) && helpSpecOf(command);
  if (help) {
    const { commandHelp } = await import("./command_help.ts");
    context.terminal.out(commandHelp(words, help, context.terminal.columns));
    return exitCodes.done;
  }
  const application = buildApplication(command, {
    name: `credsmith ${words}`,
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { caseStyle: "convert-camel-to-kebab", disableAnsiColor: true },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: (error) =>
          `${argumentFault(error)}\n  credsmith ${words} --help shows how it is used`,
      },
    },
  });
  await run(application, args, context);
  const code = Number(context.process.exitCode ?? 0);
  // The library's own codes are negative: -5 and -4 for arguments, -1 to -3 for what is our fault.
  return code >= 0 ? code : code <= -4 ? exitCodes.usage : exitCodes.defect;
}

/** Whether help is asked for, wherever the flag stands; what is behind `--` is no flag. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((each) => each === "--help" || each === "-h");
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
function prepare(
  verb: Verb,
  terminal: Terminal,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Context {
  const cwd = Deno.cwd();
  const mountinfo = verb.mounts && Deno.build.os === "linux"
    ? readOr("/proc/self/mountinfo")
    : undefined;
  const needsAll = needsSpecialFiles(args, env, cwd);
  const narrow: Context["narrow"] = (kept) => {
    if (!needsAll) revokeAllBut(kept);
  };
  narrow(verb.keeps);
  const process: Context["process"] = {
    stdout: { write: (text: string) => terminal.out(text) },
    stderr: { write: (text: string) => terminal.note(text.replace(/\n$/, "")) },
    exitCode: undefined,
  };
  return { process, terminal, env, cwd, mountinfo, narrow };
}

/** Variables that name a file or a folder that a command may open. */
const pathVariables = [
  "HOME",
  "XDG_CONFIG_HOME",
  "XDG_RUNTIME_DIR",
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
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): boolean {
  const { HOME, XDG_CONFIG_HOME } = env;
  const identities = "sops/age/keys.txt";
  const values = args.map((arg) => arg.replace(/^--[\w-]+=/, ""));
  return [
    cwd,
    ...pathVariables.map((name) => env[name]),
    ...(HOME ? [`${HOME}/.config/${identities}`] : []),
    ...(XDG_CONFIG_HOME ? [`${XDG_CONFIG_HOME}/${identities}`] : []),
    ...values,
    "secrets/aws.yaml",
  ].some((path) => path && isSpecialFile(path));
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
