import { sendSignal } from "./children.ts";
import { ProgramError, systemCode } from "./errors.ts";
import { programToStart } from "./programs.ts";

/** A program that has the terminal, and is still running. */
export interface Running {
  /** The exit code; 128 and the signal's number where a signal ended it. */
  readonly ended: Promise<number>;
  /** Sends it a signal; nothing happens where it has ended. */
  kill(signal: Deno.Signal): void;
}

/**
 * Starts a program that has our standard input, output and error: an editor.
 *
 * @param program a path, or a name that is looked up on PATH
 * @param env the whole environment of the program
 * @throws {ProgramError} when it cannot be started
 */
export function startInTerminal(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  try {
    const child = new Deno.Command(programToStart(program, env.PATH), {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return {
      ended: child.status.then(({ code }) => code),
      kill: (signal) => sendSignal(child, signal),
    };
  } catch (error) {
    throw new ProgramError(program, systemCode(error));
  }
}

/** Whether somebody sits at standard input, and signals from its keyboard reach our children. */
export function hasKeyboard(): boolean {
  return Deno.stdin.isTerminal();
}
