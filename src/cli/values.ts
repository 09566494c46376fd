import type { Path } from "../sops/tree.ts";
import { Secret } from "../sops/secret.ts";
import type { Context } from "./command.ts";
import { UsageError } from "./errors.ts";

/** The most that a value may have, in bytes; a private key or a certificate chain is far below. */
const valueLimit = 1_048_576;

/** Where the value of `set` comes from; at most one of the first three. */
export interface ValueSource {
  /** On the command line, where other users of the machine can read it. */
  readonly argument?: string;
  /** A file to read. */
  readonly file?: string;
  /** The name of an environment variable. */
  readonly variable?: string;
  /** Keeps a line end at the end of standard input or of the file. */
  readonly raw: boolean;
}

/**
 * Whether the leaf holds nothing secret by its name: a region, a model, an endpoint, a role and how
 * it is assumed. Every name that is not known counts as secret.
 */
export function isPlainSetting(path: Path): boolean {
  const above = String(path.at(-2));
  if (/^(aws_)?session_tags$/.test(above)) return true;
  const ofProfiles = path[0] === "profiles" ? "(?:source|duration)|" : "";
  const setting = "region|role_arn|source_profile|mfa_serial|(?:small_)?(?:fast_)?model(?:_id)?|" +
    "endpoint|rotate_after_days";
  return new RegExp(`^(?:${ofProfiles}aws_(?:source|duration)|(?:aws_)?(?:${setting}))$`)
    .test(String(path.at(-1)));
}

/**
 * Takes a value from where the user said, else from standard input: piped, or typed without echo.
 *
 * @param name the path as the user gave it, for messages
 * @throws {UsageError} where a secret is on the command line, and where the value is empty, too
 *   long, no UTF-8 or has a NUL byte. The value is never in the message.
 */
export async function readValue(
  context: Context,
  source: ValueSource,
  path: Path,
  name: string,
): Promise<Secret> {
  const { argument, file, variable, raw } = source;
  if ([argument, file, variable].filter((each) => each !== undefined).length > 1) {
    throw new UsageError("More than one value: give VALUE, --from-file or --from-env, or none");
  }
  if (argument !== undefined) {
    if (isPlainSetting(path)) return checked(argument, name);
    throw new UsageError(
      `Cannot take the value of "${name}" from the command line: other users could read it there`,
      `pipe it in, or name its variable: credsmith set ${name} --from-env VARIABLE`,
      "secret_in_arguments",
    );
  }
  if (variable !== undefined) {
    const value = context.env[variable];
    if (value === undefined) {
      throw new UsageError(`Cannot set "${name}": there is no variable "${variable}"`);
    }
    return checked(value, name);
  }
  if (file !== undefined) {
    const { readFile } = await import("../platform/files.ts");
    const at = file.startsWith("/") ? file : `${context.cwd}/${file}`;
    const { bytes } = readFile(at);
    if (bytes.length > valueLimit) throw tooLong(name);
    return checked(decode(bytes, name, raw), name);
  }
  if (context.terminal.interactive) {
    const { systemPrompts } = await import("./prompts/system.ts");
    return checked(
      (await systemPrompts(context.env).askSecret(`${name}, not shown`)).reveal(),
      name,
    );
  }
  const { readAllStdin } = await import("../platform/stdin.ts");
  const { InputTooLongError } = await import("../platform/errors.ts");
  try {
    return checked(decode(await readAllStdin(valueLimit), name, raw), name);
  } catch (error) {
    throw error instanceof InputTooLongError ? tooLong(name) : error;
  }
}

/** Text without the one line end that `echo` and editors add. */
function decode(bytes: Uint8Array, name: string, raw: boolean): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return raw ? text : text.replace(/\r?\n$/, "");
  } catch {
    throw new UsageError(`Cannot set "${name}": the value is no UTF-8 text`);
  }
}

function checked(value: string, name: string): Secret {
  if (value === "") {
    throw new UsageError(
      `Cannot set "${name}": the value is empty`,
      `to remove it: credsmith unset ${name}`,
    );
  }
  if (value.includes("\0")) {
    throw new UsageError(`Cannot set "${name}": the value has a NUL byte`, undefined, "nul_byte");
  }
  return new Secret(value);
}

function tooLong(name: string): UsageError {
  return new UsageError(`Cannot set "${name}": the value has more than ${valueLimit} bytes`);
}
