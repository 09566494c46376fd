import { endOf, sendSignal } from "./children.ts";
import { ProgramError, systemCode } from "./errors.ts";
import { programToStart } from "./programs.ts";

/** A program that listens on a socket which only we can reach. */
export interface Listening {
  /** The path of its socket. */
  readonly socket: string;
  /** Ends it and takes the socket away. */
  stop(): Promise<void>;
}

/** How long a program has to begin to listen, and to end when it was asked to, in milliseconds. */
const patience = { start: 10_000, end: 1000 };

/**
 * Starts a program and waits until it listens.
 *
 * @param program a path, or a name that is looked up on PATH
 * @param args gets the path of the socket; no secret may be among them
 * @param env the whole environment of the program
 * @param guard is given what ends it at once, for when we have to end ourselves; says when that is
 *   of no use any more
 * @throws {ProgramError} when it cannot be started, ends, or does not listen in time
 */
export async function startListening(
  program: string,
  args: (socket: string) => readonly string[],
  env: Readonly<Record<string, string>>,
  guard: (stopNow: () => void) => () => void = () => () => {},
): Promise<Listening> {
  // Nobody else may enter it.
  const folder = await Deno.makeTempDir({ prefix: "credsmith-socket-" });
  const socket = `${folder}/socket`;
  const remove = () => Deno.remove(folder, { recursive: true }).catch(() => {});
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(programToStart(program, env.PATH), {
      args: [...args(socket)],
      env: { ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    await remove();
    throw new ProgramError(program, systemCode(error));
  }
  let ended: number | undefined;
  void child.status.then(({ code }) => ended = code);
  const release = guard(() => {
    sendSignal(child, "SIGKILL");
    Deno.removeSync(folder, { recursive: true });
  });
  const stop = async () => {
    sendSignal(child, "SIGTERM");
    await endOf(child, patience.end);
    await remove();
    release();
  };
  const until = performance.now() + patience.start;
  while (!isSocket(socket)) {
    if (ended !== undefined || performance.now() > until) {
      const error = new ProgramError(program, ended === undefined ? "ETIMEDOUT" : `exit ${ended}`);
      await stop();
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { socket, stop };
}

function isSocket(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket ?? false;
  } catch {
    return false;
  }
}
