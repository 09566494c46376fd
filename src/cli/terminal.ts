/**
 * Where text goes: `stdout` is for data and reports, `stderr` for diagnostics and questions.
 * This is the only file that decides about terminals, colour and width.
 */
export interface Terminal {
  /** Data or a report, as it is; nothing is added. */
  out(text: string | Uint8Array): void;
  /** A line of a report on stdout; what could steer a terminal is written as an escape. */
  line(text?: string): void;
  /** A line for the person on stderr; what could steer a terminal is written as an escape. */
  note(text: string): void;
  /** Whether questions can be asked: stdin and stderr are terminals and `CI` is not set. */
  readonly interactive: boolean;
  /** Whether stdout is a terminal. */
  readonly stdoutIsTerminal: boolean;
  /** Columns to write in; 80 where stdout is no terminal. */
  readonly columns: number;
  /** Wraps text in a style where stdout is a terminal that wants colour, else gives it back. */
  style(style: Style, text: string): string;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const codes: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Controls but for the tab and the line feed, and what turns the direction of text around. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const steering = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** What `style` writes, and nothing else of its kind. */
const styled = new RegExp(`(\\x1b\\[(?:${Object.values(codes).flat().join("|")})m)`);

/**
 * A text that does nothing but stand there: names of leaves and files come from others, and could
 * otherwise move the cursor, hide lines or type into the shell. The escapes are those of JSON, so
 * that a JSON document stays what it is.
 */
function harmless(text: string): string {
  return text.replace(steering, escapeOf);
}

/** The same for a line that may have styles. */
function harmlessLine(text: string): string {
  return text.split(styled)
    .map((part, index) => index % 2 ? part : harmless(part)).join("");
}

/** The same for a name that stands on a line of its own: it cannot make two of it. */
export function harmlessName(name: string): string {
  return harmless(name).replace(/[\t\n]/g, escapeOf);
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const encoder = new TextEncoder();

/** What was printed did not arrive: the disk behind stdout is full, or the like. */
export class OutputError extends Error {
  override name = "OutputError";
  constructor(readonly reason: string) {
    super(`Cannot write to standard output: ${reason}`);
  }
}

/**
 * @throws {Deno.errors.BrokenPipe} when the reader is gone
 * @throws {OutputError} when the bytes cannot be written for another reason
 */
function writeAll(file: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw error;
    throw new OutputError(error instanceof Error ? error.message : "unknown reason");
  }
}

/**
 * The terminal of this process.
 *
 * @param env decides about colour (`NO_COLOR`, `TERM=dumb`, `FORCE_COLOR`) and questions (`CI`)
 * @see https://no-color.org
 */
export function systemTerminal(env: Readonly<Record<string, string>>): Terminal {
  const stdoutIsTerminal = Deno.stdout.isTerminal();
  const color = env.NO_COLOR
    ? false
    : env.FORCE_COLOR
    ? true
    : stdoutIsTerminal && env.TERM !== "dumb";
  const write = (text: string | Uint8Array) =>
    writeAll(Deno.stdout, typeof text === "string" ? encoder.encode(text) : text);
  return {
    stdoutIsTerminal,
    interactive: !env.CI && Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
    get columns() {
      try {
        return stdoutIsTerminal ? Math.max(40, Deno.consoleSize().columns) : 80;
      } catch {
        return 80;
      }
    },
    out: write,
    line: (text = "") => write(`${harmlessLine(text)}\n`),
    note: (text) => writeAll(Deno.stderr, encoder.encode(`${harmless(text)}\n`)),
    style: (style, text) =>
      color ? `\x1b[${codes[style][0]}m${text}\x1b[${codes[style][1]}m` : text,
  };
}

/**
 * One line on stderr that is written over again and again.
 *
 * @param env `TERM=dumb` means that the cursor cannot be moved
 * @returns nothing where stderr is no terminal for that, but a log
 */
export function statusLine(
  env: Readonly<Record<string, string>>,
): { show(text: string): void; clear(): void } | undefined {
  if (!Deno.stderr.isTerminal() || !env.TERM || env.TERM === "dumb") return undefined;
  const write = (text: string) => writeAll(Deno.stderr, encoder.encode(text));
  return {
    show: (text) => write(`\r\x1b[K${harmless(text)}`),
    clear: () => write("\r\x1b[K"),
  };
}
