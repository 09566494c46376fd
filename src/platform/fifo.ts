import { makeFifo } from "./libc.ts";
import { run } from "./processes.ts";
import { FileError, ProgramError } from "./errors.ts";

/** A pipe with a name, from which one reader gets what was put in. */
export interface Fifo {
  /** Ends the writing, whether anybody has read or not. The pipe's name is left. */
  stop(): Promise<void>;
}

/**
 * Makes a pipe with a name, for us alone, and gives what is put in to whoever opens it first. Nothing
 * of it reaches a disk, wherever the name stands.
 *
 * @throws {FileError} `create`
 */
export async function offerOnce(path: string, bytes: Uint8Array): Promise<Fifo> {
  await make(path);
  const opened = Deno.open(path, { write: true }).catch(() => undefined);
  const given = opened.then((file) => file && give(file, bytes));
  return {
    async stop() {
      // To open it for writing waits for a reader, so we are one, until it is open: the thread that
      // opens it may not even have begun. What is full then finds the reader gone.
      const reader = Deno.openSync(path, { read: true, write: true });
      await opened;
      reader.close();
      await given;
    },
  };
}

async function make(path: string): Promise<void> {
  try {
    return makeFifo(path);
  } catch {
    // Without a C library that we know, the program; it also says why it cannot be.
  }
  try {
    const { code } = await run("mkfifo", ["-m", "600", path]);
    if (code === 0) return;
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
  }
  throw new FileError("create", path, "EUNKNOWN");
}

async function give(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  try {
    for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
  } catch {
    // Whoever read has read enough, or the pipe was taken away.
  } finally {
    file.close();
  }
}
