import { commandWords } from "../platform/command_line.ts";
import { FileError, ProgramError } from "../platform/errors.ts";
import { exists, readFile } from "../platform/files.ts";
import { IdentityError, UnsupportedError } from "../sops/errors.ts";
import {
  type Identity,
  parseIdentities,
  type ParseIdentitiesOptions,
  recipientOf,
  type SealedIdentity,
} from "../sops/keys/identity.ts";
import type { KeyService } from "../sops/keys/master_key.ts";
import type { ConnectPlugin } from "../sops/keys/plugin.ts";
import { type AskPassphrase, unseal } from "../sops/keys/unseal.ts";
import type { IdentitySource } from "./errors.ts";

/** Runs a command for its output; `platform/processes.ts` has the real one. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>> },
) => Promise<{ readonly code: number; readonly stdout: Uint8Array }>;

export interface IdentityContext {
  /** The `SOPS_AGE_…` variables, `XDG_CONFIG_HOME` and `HOME` are read. */
  readonly env: Readonly<Record<string, string>>;
  /** Whom the file is encrypted for; `SOPS_AGE_KEY_CMD` is told, one after another. */
  readonly recipients?: readonly string[];
  /** Unless given, real programs are run. */
  readonly run?: RunCommand;
  readonly os?: typeof Deno.build.os;
  /** Asks for passphrases; where it is absent, nobody can be asked. */
  readonly ask?: AskPassphrase;
  /** Starts age plugins; where it is absent, none can be started. */
  readonly connect?: ConnectPlugin;
}

export interface LoadedIdentities {
  readonly identities: readonly Identity[];
  /** For keys that live elsewhere; closed when the file is done with. */
  readonly services?: readonly (KeyService & { close?(): Promise<void> })[];
  /** Key types that are tried before others. */
  readonly order?: readonly string[];
  /** Every place that was looked at, in the order in which it was. */
  readonly sources: readonly IdentitySource[];
}

/**
 * Collects identities from every source that SOPS has for age keys: `SOPS_AGE_KEY`,
 * `SOPS_AGE_KEY_FILE`, `SOPS_AGE_KEY_CMD` and the user's `sops/age/keys.txt`. As in SOPS all count
 * together, and one that fails takes nothing from the others: its problem is told with it.
 *
 * SSH private keys are used by SOPS for `ssh-…` recipients only, so they are looked at where the
 * file has such recipients.
 *
 * @see getsops/sops age/keysource.go, loadIdentities
 */
export async function loadIdentities(context: IdentityContext): Promise<LoadedIdentities> {
  const { env, recipients = [] } = context;
  const identities: Identity[] = [];
  const sources: IdentitySource[] = [];
  const add = ({ found, ...source }: IdentitySource & { readonly found: readonly Identity[] }) => {
    identities.push(...found);
    sources.push(source);
  };

  const options = { unseal: (sealed: SealedIdentity) => unseal(sealed, context) };
  if (recipients.some((recipient) => recipient.startsWith("ssh-"))) {
    for (const path of sshKeyFiles(env)) add(fromFile(path, options));
    if (env.SOPS_AGE_SSH_PRIVATE_KEY_CMD !== undefined) {
      add(await fromCommand("SOPS_AGE_SSH_PRIVATE_KEY_CMD", context, options));
    }
  }
  if (env.SOPS_AGE_KEY !== undefined) {
    add(fromText(env.SOPS_AGE_KEY, "SOPS_AGE_KEY", { ...options, manyPerLine: true }));
  }
  if (env.SOPS_AGE_KEY_FILE !== undefined) add(fromFile(env.SOPS_AGE_KEY_FILE, options));
  if (env.SOPS_AGE_KEY_CMD !== undefined) {
    add(await fromCommand("SOPS_AGE_KEY_CMD", context, options));
  }

  const file = defaultIdentityFile(env, context.os);
  if (file === undefined) return { identities, sources };
  if (!file.startsWith("/")) {
    add({ source: "XDG_CONFIG_HOME", count: 0, found: [], problem: { kind: "relative path" } });
  } else if (!isThere(file)) {
    add({ source: file, count: 0, found: [], absent: true });
  } else {
    add(fromFile(file, options));
  }
  return { identities, sources };
}

/**
 * Where SOPS looks for a user's identities without being told, and where `init` puts them.
 *
 * @returns nothing where neither `XDG_CONFIG_HOME` nor `HOME` is set
 */
export function defaultIdentityFile(
  env: Readonly<Record<string, string | undefined>>,
  os: typeof Deno.build.os = Deno.build.os,
): string | undefined {
  const folder = env.XDG_CONFIG_HOME ||
    (env.HOME
      ? `${env.HOME}/${os === "darwin" ? "Library/Application Support" : ".config"}`
      : undefined);
  return folder === undefined ? undefined : `${folder}/sops/age/keys.txt`;
}

type Given = IdentitySource & { readonly found: readonly Identity[] };

function fromText(text: string, source: string, options: ParseIdentitiesOptions): Given {
  try {
    const found = parseIdentities(text, source, options);
    return { source, count: found.length, found };
  } catch (error) {
    if (error instanceof UnsupportedError) {
      const found: Identity[] = [{ kind: "unsupported", what: error.what, source }];
      return { source, count: 1, found };
    }
    if (!(error instanceof IdentityError)) throw error;
    const { line, reason } = error;
    return { source, count: 0, found: [], problem: { kind: "malformed", line, reason } };
  }
}

function fromFile(path: string, options: ParseIdentitiesOptions): Given {
  try {
    const { bytes, mode } = readFile(path);
    const given = fromText(textOf(bytes), path, options);
    bytes.fill(0);
    return { ...given, mode, exposed: (mode & 0o077) !== 0 };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { source: path, count: 0, found: [], problem: { kind: "file", code: error.code } };
  }
}

/** An identity file under a passphrase may be binary; parseIdentities takes that as Latin-1. */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith("age-encryption.org/")) return text;
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/**
 * The command is asked for one recipient after another, until it gives that recipient's identity.
 *
 * @param source the variable that has the command
 */
async function fromCommand(
  source: "SOPS_AGE_KEY_CMD" | "SOPS_AGE_SSH_PRIVATE_KEY_CMD",
  context: IdentityContext,
  options: ParseIdentitiesOptions,
): Promise<Given> {
  const nothing = { source, count: 0, found: [] };
  const [program, ...args] = commandWords(context.env[source] ?? "") ?? [];
  if (program === undefined) return { ...nothing, problem: { kind: "command syntax" } };
  const run = context.run ?? (await import("../platform/processes.ts")).run;
  const { recipients = [], env } = context;
  const found: Identity[] = [];
  const known = new Set<string>();
  const outputs = new Set<string>();
  for (const recipient of recipients.length > 0 ? recipients : [undefined]) {
    const asked = recipient === undefined ? env : { ...env, SOPS_AGE_RECIPIENT: recipient };
    let output;
    try {
      output = await run(program, args, { env: asked });
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      return { ...nothing, problem: { kind: "command", code: error.code } };
    }
    if (output.code !== 0) {
      if (found.length > 0) break;
      return { ...nothing, problem: { kind: "command", code: output.code } };
    }
    const text = textOf(output.stdout);
    if (outputs.has(text)) continue;
    outputs.add(text);
    const given = fromText(text, source, options);
    if (given.problem) return given;
    for (const identity of given.found) {
      const key = await nameOf(identity);
      if (key === undefined || !known.has(key)) found.push(identity);
      if (key !== undefined) known.add(key);
    }
    if (recipient !== undefined && known.has(recipient)) break;
  }
  return { source, count: found.length, found };
}

/** @see getsops/sops age/keysource.go, loadAgeSSHIdentities */
function sshKeyFiles(env: Readonly<Record<string, string>>): string[] {
  const named = env.SOPS_AGE_SSH_PRIVATE_KEY_FILE;
  const own = env.HOME
    ? ["id_ed25519", "id_rsa"].map((name) => `${env.HOME}/.ssh/${name}`).filter(isThere)
    : [];
  return [...(named === undefined ? [] : [named]), ...own];
}

function isThere(path: string): boolean {
  try {
    return exists(path);
  } catch {
    // It is there, and reading it will say what is wrong.
    return true;
  }
}

/** What tells an identity from the others, where that is known before it is used. */
async function nameOf(identity: Identity): Promise<string | undefined> {
  if (identity.kind === "x25519") return await recipientOf(identity);
  if (identity.kind === "hybrid") return identity.secret.reveal();
  return identity.kind === "opener" ? identity.recipient : identity.what;
}
