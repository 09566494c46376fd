import { endOf } from "./children.ts";
import { systemCode } from "./errors.ts";
import { programToStart } from "./programs.ts";

/** A program that is spoken with line by line over its standard input and output. */
export interface LineProgram {
  send(text: string): Promise<void>;
  /** @returns its next line, without the end; nothing when it has ended */
  readLine(): Promise<string | undefined>;
  /** Closes its input and waits for its end; one that goes on is ended. */
  close(): Promise<void>;
}

/** A line longer than this is no line of a protocol. */
const longestLine = 1 << 20;

/**
 * Starts a program to speak with; what it writes to standard error is shown.
 *
 * @param program a name that is looked up on PATH
 * @param options `folder`: where it is started; `endsWithin`: milliseconds that it has to end by itself
 * @returns nothing when there is no such program
 * @throws {Deno.errors.NotCapable} when programs may not be started any more
 */
export function startLineProgram(
  program: string,
  args: readonly string[],
  options: { readonly folder?: string; readonly endsWithin?: number } = {},
): LineProgram | undefined {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(programToStart(program), {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      ...(options.folder ? { cwd: options.folder } : {}),
    }).spawn();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async send(text) {
      // A program that ends early is noticed when it is read from.
      await writer.write(new TextEncoder().encode(text)).catch(() => {});
    },
    async readLine() {
      for (;;) {
        const end = rest.indexOf("\n");
        if (end >= 0) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          return line;
        }
        const { value, done } = await reader.read();
        if (done || rest.length > longestLine) return undefined;
        rest += value;
      }
    },
    async close() {
      await writer.close().catch(() => {});
      await reader.cancel().catch(() => {});
      await endOf(child, options.endsWithin ?? 2000);
    },
  };
}
