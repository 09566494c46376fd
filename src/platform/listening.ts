import { ProgramError, systemCode } from "./errors.ts";

/** A program that listens on a socket which only we can reach. */
export interface Listening {
  /** The path of its socket. */
  readonly socket: string;
  /** Ends it and takes the socket away. */
  stop(): Promise<void>;
}

/** How long a program has to begin to listen, in milliseconds. */
const patience = 10_000;

/**
 * Starts a program and waits until it listens.
 *
 * @param program a path, or a name that is looked up on PATH
 * @param args gets the path of the socket; no secret may be among them
 * @param env the whole environment of the program
 * @throws {ProgramError} when it cannot be started, ends, or does not listen in time
 */
export async function startListening(
  program: string,
  args: (socket: string) => readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Listening> {
  // Nobody else may enter it.
  const folder = await Deno.makeTempDir({ prefix: "credsmith-socket-" });
  const socket = `${folder}/socket`;
  const remove = () => Deno.remove(folder, { recursive: true }).catch(() => {});
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
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
  const end = child.status.then(({ code }) => ended = code);
  const stop = async () => {
    if (ended === undefined) child.kill("SIGTERM");
    await end;
    await remove();
  };
  const until = performance.now() + patience;
  while (!isSocket(socket)) {
    if (ended !== undefined || performance.now() > until) {
      await stop();
      throw new ProgramError(program, ended === undefined ? "ETIMEDOUT" : `exit ${ended}`);
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
