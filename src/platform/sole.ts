import { FileError, LockTimeoutError, systemCode } from "./errors.ts";
import { sleep } from "./clock.ts";

/**
 * Is the only process that holds a file, until it ends or the result is disposed of. The file is
 * made (mode 0600) where it is missing; its folder has to be ours alone.
 *
 * @param milliseconds how long to wait for another process that holds it
 * @throws {LockTimeoutError} when it held it all that time
 * @throws {FileError} `lock`
 */
export async function holdAlone(path: string, milliseconds: number): Promise<Disposable> {
  const step = 20;
  for (let waited = 0;; waited += step) {
    const file = open(path, true)!;
    if (file.tryLockSync(true)) {
      // Whoever took it away meanwhile has another one by now, or wants none.
      if (isSame(file, path)) return { [Symbol.dispose]: () => file.close() };
    }
    file.close();
    if (waited >= milliseconds) throw new LockTimeoutError(path, milliseconds);
    await sleep(step);
  }
}

/** Whether a process holds a file (`holdAlone`). */
export function isHeld(path: string): boolean {
  const file = open(path, false);
  if (file === undefined) return false;
  try {
    return !file.tryLockSync(true);
  } finally {
    file.close();
  }
}

function isSame(file: Deno.FsFile, path: string): boolean {
  try {
    const [held, named] = [file.statSync(), Deno.lstatSync(path)];
    return held.ino === named.ino && held.dev === named.dev;
  } catch {
    return false;
  }
}

function open(path: string, create: boolean): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true, write: true, create, mode: 0o600 });
  } catch (error) {
    if (!create && error instanceof Deno.errors.NotFound) return undefined;
    throw new FileError("lock", path, systemCode(error));
  }
}

/**
 * Whether a process is one that runs what we think: numbers are used again, and mean something else
 * in a container. On Linux, while all permissions are held; elsewhere it is believed.
 *
 * @param words that have to be on its command line
 */
export function isRunning(pid: number, words: readonly string[]): boolean {
  if (Deno.build.os !== "linux") return true;
  try {
    const line = Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
    return words.every((word) => line.includes(word));
  } catch {
    return false;
  }
}

/** Sends a process a signal; nothing happens where it has ended. */
export function signalProcess(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended by itself, or is not ours.
  }
}
