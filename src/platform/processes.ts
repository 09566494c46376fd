import { ProgramError, systemCode } from "./errors.ts";
import { programToStart } from "./programs.ts";

export interface RunOptions {
  /** What the program reads from its standard input; nothing unless given. Secrets go here. */
  readonly stdin?: Uint8Array;
  /** The whole environment of the program; ours unless given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends the program (SIGTERM) when it fires. */
  readonly signal?: AbortSignal;
  /** Where its diagnostics go: kept (unless given), or to our own stderr for the person to see. */
  readonly stderr?: "piped" | "inherit";
}

/** How a program ended. */
export interface Ended {
  /** The exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** Empty where it was not kept. */
  readonly stderr: Uint8Array<ArrayBuffer>;
}

/**
 * Runs a program to its end, without a shell. Arguments can be seen by every user of the machine,
 * so no secret may be among them.
 *
 * @param program a path, or a name that is looked up on PATH
 * @throws {ProgramError} when it cannot be started
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { stdin, env, cwd, signal, stderr = "piped" } = options;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(programToStart(program, env?.PATH), {
      args: [...args],
      stdin: stdin ? "piped" : "null",
      stdout: "piped",
      stderr,
      ...(env ? { env: { ...env }, clearEnv: true } : {}),
      ...(cwd ? { cwd } : {}),
      ...(signal ? { signal } : {}),
    }).spawn();
  } catch (error) {
    throw new ProgramError(program, systemCode(error));
  }
  const fed = stdin ? feed(child.stdin, stdin) : Promise.resolve();
  const output = await child.output();
  await fed;
  return {
    code: output.code,
    stdout: output.stdout,
    stderr: stderr === "piped" ? output.stderr : new Uint8Array(),
  };
}

/** A program may end without reading all of its input; that is its own affair. */
async function feed(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}

/** Signals that ask a process to end, with the exit code that tells of each. */
const endingSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Listens for the signals that ask us to end.
 *
 * @param handler gets the exit code that tells of the signal
 * @returns stops listening; the signals then end the process at once again
 */
export function onEndingSignal(handler: (code: number) => void): () => void {
  const listeners = Object.entries(endingSignals).map(([name, code]) => {
    const listener = () => handler(code);
    Deno.addSignalListener(name as Deno.Signal, listener);
    return () => Deno.removeSignalListener(name as Deno.Signal, listener);
  });
  return () => listeners.forEach((stop) => stop());
}

/** Ends this process at once. */
export function endProcess(code: number): never {
  Deno.exit(code);
}
