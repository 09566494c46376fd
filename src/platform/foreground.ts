import { sendSignal } from "./children.ts";
import { ProgramError, systemCode } from "./errors.ts";

/** How a program ended. */
export interface ForegroundEnd {
  /** The exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** The signals that reached us meanwhile. */
  readonly received: readonly Deno.Signal[];
}

/** Signals that are for the program rather than for us. */
const forwarded: readonly Deno.Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
  "SIGCONT",
];

/** Those that the terminal sends to every process in its foreground, to the program as well. */
const fromTerminal: readonly Deno.Signal[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGWINCH", "SIGCONT"];

/**
 * Runs a program in our place, as far as that can be without exec(2): it has our standard input,
 * output and error, our environment with the given changes, and the signals that reach us.
 *
 * @param change variables to set and to leave out; all others are handed on byte for byte, unless
 *   `only` those that are set are to be there
 * @throws {ProgramError} when it cannot be started
 */
export async function runInForeground(
  program: string,
  args: readonly string[],
  change: {
    readonly set: Readonly<Record<string, string>>;
    readonly unset?: readonly string[];
    readonly only?: boolean;
  },
): Promise<ForegroundEnd> {
  for (const name of change.unset ?? []) Deno.env.delete(name);
  const onTerminal = [Deno.stdin, Deno.stdout, Deno.stderr].some((file) => file.isTerminal());
  let child: Deno.ChildProcess | undefined;
  const pending: Deno.Signal[] = [];
  const received: Deno.Signal[] = [];
  const listeners = forwarded.map((signal) => {
    const listener = () => {
      received.push(signal);
      if (onTerminal && fromTerminal.includes(signal)) return;
      if (child) sendSignal(child, signal);
      else pending.push(signal);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  try {
    child = start(program, args, {
      env: { ...change.set },
      clearEnv: change.only === true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
    for (const signal of pending) sendSignal(child, signal);
    const { code, signal } = await child.status;
    return { code, signal, received };
  } finally {
    for (const stop of listeners) stop();
  }
}

/**
 * Ends this process by a signal, so that whoever waits for it learns what a program of ours learnt.
 * Returns where the signal does not end it.
 */
export async function endBySignal(signal: Deno.Signal): Promise<void> {
  Deno.kill(Deno.pid, signal);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/**
 * Starts a program that goes on without us, with no input and no output.
 *
 * @param env its whole environment
 * @throws {ProgramError} when it cannot be started
 */
export function startInBackground(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): void {
  const nowhere = { stdin: "null", stdout: "null", stderr: "null" } as const;
  start(program, args, { env: { ...env }, clearEnv: true, ...nowhere }).unref();
}

/**
 * Starts a program that outlives us and our terminal: in a session of its own, in the root folder,
 * with no input and no output.
 *
 * @param env its whole environment
 * @returns its process number
 * @throws {ProgramError} when it cannot be started
 */
export function startDetached(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): number {
  const nowhere = { stdin: "null", stdout: "null", stderr: "null" } as const;
  const child = start(program, args, {
    env: { ...env },
    clearEnv: true,
    cwd: "/",
    detached: true,
    ...nowhere,
  });
  child.unref();
  return child.pid;
}

function start(
  program: string,
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, { ...options, args: [...args] }).spawn();
  } catch (error) {
    throw new ProgramError(program, systemCode(error));
  }
}
