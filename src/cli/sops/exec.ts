import { FileError, ProgramError, RuntimeFolderError } from "../../platform/errors.ts";
import { offerOnce } from "../../platform/fifo.ts";
import { writeNewFile } from "../../platform/files.ts";
import { endBySignal, runInForeground, startInBackground } from "../../platform/foreground.ts";
import {
  type Account,
  accountOf,
  becomeAccount,
  becomeProgram,
  LibcError,
} from "../../platform/libc.ts";
import {
  privateFolder,
  sweepLeftovers,
  temporaryFolder,
  workFolder,
} from "../../platform/memory.ts";
import type { PermissionKind } from "../../platform/permissions.ts";
import { randomBytes } from "../../platform/random.ts";
import { emitPlain } from "../../sops/document.ts";
import { flatText } from "../../sops/stores/flat/values.ts";
import type { Mapping } from "../../sops/tree.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { firstOf, opened } from "./decrypt.ts";
import type { Flags } from "./grammar.ts";
import { layoutFor, outputFormat, type Request } from "./request.ts";

const shell = "/bin/sh";

/** What the folders of commands begin with; the next start removes what a SIGKILL left. */
const prefix = "exec-";

/** To start a program, as another user, or in our own place. */
const keeps: readonly PermissionKind[] = ["run", "ffi", "sys"];

type Variables = Readonly<Record<string, string>>;

/** `sops exec-env`: a shell command with the values of a file in its environment. */
export async function execEnv(
  context: Context,
  request: Request,
  command: string,
): Promise<number> {
  const { flags } = request;
  await layoutFor(context, request, "dotenv");
  if (flags.bool("background")) {
    context.terminal.note("--background is deprecated, and will be removed from sops");
    if (flags.bool("same-process")) {
      throw new SopsExit(
        sopsCodes.conflictingParameters,
        "Error: The --same-process flag cannot be used with --background",
      );
    }
  }
  const { tree } = await opened(context, request, keeps);
  const values = variablesOf(tree.documents[0] ?? { kind: "mapping", entries: [] });
  const set = { ...userVariables(switchUser(flags)), ...values };
  const pristine = flags.bool("pristine");
  if (flags.bool("background")) {
    startInBackground(shell, ["-c", command], pristine ? set : { ...context.env, ...set });
    return 0;
  }
  if (flags.bool("same-process")) {
    try {
      becomeProgram(shell, ["-c", command], pristine ? { only: set } : { set });
    } catch (error) {
      if (!(error instanceof LibcError || error instanceof ProgramError)) throw error;
      throw new SopsExit(sopsCodes.generic, "Cannot run the command in this process");
    }
  }
  return await ending(await run(command, { set, only: pristine }));
}

/**
 * The top level of a file as variables.
 *
 * @throws {SopsExit} 1, for what cannot be one
 */
function variablesOf({ entries }: Mapping): Variables {
  const variables: Record<string, string> = {};
  const cannot = (reason: string) => new SopsExit(sopsCodes.generic, `cannot use ${reason}`);
  for (const entry of entries) {
    if (entry.kind !== "pair") continue;
    const { key, keyType, value } = entry;
    if (value.kind === "mapping" || value.kind === "sequence") {
      throw cannot(`complex value in environment; offending key ${key}`);
    }
    if (keyType !== undefined) throw cannot(`non-string keys in environment, got ${keyType}`);
    if (key.includes("=")) throw cannot(`keys with '=' in environment: ${key}`);
    const text = value.kind === "null" ? "<nil>" : flatText(value, "dotenv", [key], false);
    if (key.includes("\0") || text.includes("\0")) {
      throw cannot(`a NUL byte in environment; offending key ${key.replaceAll("\0", "\\0")}`);
    }
    variables[key] = text;
  }
  return variables;
}

/** `sops exec-file`: a shell command with the plaintext in a pipe, or in a file in memory. */
export async function execFile(
  context: Context,
  request: Request,
  command: string,
): Promise<number> {
  // By then the plaintext is gone.
  return await ending(await withFile(context, request, command));
}

async function withFile(context: Context, request: Request, command: string): Promise<End> {
  const { flags } = request;
  const { terminal } = context;
  const format = outputFormat(request);
  const layout = await layoutFor(context, request, format);
  if (flags.bool("background")) {
    terminal.note(
      "--background is deprecated, and will be removed from sops; the plaintext is gone",
    );
    terminal.note("  before the command can read it: leave the flag out, and use & of the shell");
  }
  const fifo = !flags.bool("no-fifo");
  // Another user has another folder, and is not us yet.
  using ours = flags.text("user") === "" ? await folderFor(context, { fifo }) : undefined;
  // Deno closes /dev/shm to a process that gave up any permission.
  const narrows = ours !== undefined && !ours.path.startsWith("/dev/shm/");
  const { tree } = await opened(
    narrows ? context : { ...context, narrow: () => {} },
    request,
    ["read", "write", ...keeps],
  );
  const plain = await emitPlain(firstOf(tree, format), format, layout);
  const user = switchUser(flags);
  const name = flags.text("filename");
  if (name !== "" && !isLocal(name)) {
    throw new SopsExit(sopsCodes.generic, "The provided filename is not a local path.");
  }
  using theirs = ours ? undefined : await folderFor(context, { fifo });
  const folder = ours ?? theirs!;
  const path = `${folder.path}/${name || fallbackName(fifo)}`;
  const words = command.replaceAll("{}", () => path);
  const set = userVariables(user);
  if (flags.bool("background")) {
    startInBackground(shell, ["-c", words], { ...context.env, ...set });
    return { code: 0 };
  }
  try {
    if (!fifo) {
      writeNewFile(path, plain, 0o600);
      return await run(words, { set });
    }
    const pipe = await offerOnce(path, plain);
    try {
      return await run(words, { set });
    } finally {
      await pipe.stop();
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new SopsExit(sopsCodes.generic, `Cannot make "${path}": ${error.code}`);
  }
}

function fallbackName(fifo: boolean): string {
  return fifo ? "tmp-file" : `tmp-file${randomBytes(4).toHex()}`;
}

/** Go's filepath.IsLocal. */
function isLocal(path: string): boolean {
  if (path.startsWith("/")) return false;
  let depth = 0;
  for (const part of path.split("/")) {
    depth += part === ".." ? -1 : part === "" || part === "." ? 0 : 1;
    if (depth < 0) return false;
  }
  return true;
}

/** In memory; a pipe can stand anywhere, as nothing is in it. */
async function folderFor(context: Context, { fifo }: { readonly fifo: boolean }) {
  try {
    const folder = await privateFolder({ env: context.env, mountinfo: context.mountinfo });
    await sweepLeftovers(folder, prefix);
    return await workFolder(folder, prefix);
  } catch (error) {
    if (!fifo || !(error instanceof RuntimeFolderError)) throw error;
    return temporaryFolder(prefix);
  }
}

/** @throws {SopsExit} 1, where there is no such user or we may not be that user */
function switchUser(flags: Flags): Account | undefined {
  const name = flags.text("user");
  if (name === "") return undefined;
  try {
    const account = accountOf(name);
    if (!account) throw new SopsExit(sopsCodes.generic, `user: unknown user ${name}`);
    becomeAccount(account);
    return account;
  } catch (error) {
    if (!(error instanceof LibcError)) throw error;
    throw new SopsExit(
      sopsCodes.generic,
      `Cannot run the command as "${name}": ${error.message}`,
    );
  }
}

function userVariables(account: Account | undefined): Variables {
  return account ? { HOME: account.home, USER: account.name, LOGNAME: account.name } : {};
}

/** How a command ended; `signal` is one that ended it and reached us as well. */
interface End {
  readonly code: number;
  readonly signal?: Deno.Signal;
}

async function run(
  command: string,
  change: { readonly set: Variables; readonly only?: boolean },
): Promise<End> {
  const { code, signal, received } = await runInForeground(shell, ["-c", command], change);
  if (signal === null) return { code };
  // What sops gives for any other.
  return { code: 255, ...(received.includes(signal) ? { signal } : {}) };
}

/** Ends as the command did, so that whoever waits for us learns of it. */
async function ending({ code, signal }: End): Promise<number> {
  if (signal) await endBySignal(signal);
  return code;
}
