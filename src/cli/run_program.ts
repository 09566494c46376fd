import { ProgramError } from "../platform/errors.ts";
import { runInForeground } from "../platform/foreground.ts";
import type { Context } from "./command.ts";

/** Ends that the caller should see as a signal, not as a number: Ctrl-C stops a loop in a script. */
const endings: readonly string[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/**
 * Runs a program in our place on the terminal. One that cannot be started is told as shells do it:
 * 127 where there is none, 126 where it cannot be run.
 *
 * @returns its exit code, and the signal that ended it where a caller should see that
 */
export async function runProgram(
  { terminal }: Pick<Context, "terminal">,
  program: string,
  args: readonly string[],
  change: Parameters<typeof runInForeground>[2],
): Promise<{ readonly code: number; readonly signal?: Deno.Signal }> {
  try {
    const { code, signal } = await runInForeground(program, args, change);
    return signal && endings.includes(signal) ? { code, signal } : { code };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const missing = error.code === "ENOENT";
    const why = missing ? "there is no such program" : `it cannot be started (${error.code})`;
    terminal.note(`Cannot run "${program}": ${why}`);
    return { code: missing ? 127 : 126 };
  }
}
