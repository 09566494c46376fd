import { ConflictError, FileError, systemCode } from "./errors.ts";
import {
  checkUnchanged,
  lstatIfThere,
  openTemporary,
  removeQuietly,
  type Snapshot,
  syncFolder,
} from "./files.ts";

/** So many files are brought to the disk side by side: six times as fast as one after another. */
const inFlight = 32;

interface Pending {
  readonly path: string;
  readonly temporary: string;
  readonly expect: Snapshot;
  /** Comes when it is on the disk, or with why it is not. */
  readonly synced: Promise<Error | undefined>;
}

/**
 * Replaces many files of one folder as `replaceFile` does one, each whole or not at all: all
 * temporary siblings are written and brought to the disk, then each is renamed, and at the end the
 * folder is brought to the disk once. Hold the lock of the folder all that time.
 */
export class FileBatch {
  readonly #pending: Pending[] = [];
  readonly #running = new Set<Promise<unknown>>();

  /**
   * Writes the sibling of one file, and begins to bring it to the disk.
   *
   * @param path the real file
   * @param expect what is there
   * @throws {FileError} `write`; nothing is left of it then
   */
  async add(path: string, bytes: Uint8Array, expect: Snapshot): Promise<void> {
    while (this.#running.size >= inFlight) await Promise.race(this.#running);
    let old: Deno.FileInfo | undefined;
    try {
      old = lstatIfThere(path);
    } catch (error) {
      throw new FileError("write", path, systemCode(error));
    }
    const { temporary, file } = openTemporary(path, bytes, old?.mode ?? expect.mode, old);
    const synced = syncAndClose(file).then(
      () => undefined,
      (error) => new FileError("write", path, systemCode(error)),
    );
    this.#pending.push({ path, temporary, expect, synced });
    this.#running.add(synced);
    synced.then(() => this.#running.delete(synced));
  }

  /**
   * Puts all files in place.
   *
   * @returns why a file was not replaced, by its path: `ConflictError`, `FileError`; with `changed`
   *   it is in place, and it is not known whether the disk has it
   */
  async commit(): Promise<ReadonlyMap<string, Error>> {
    const failed = new Map<string, Error>();
    const placed: string[] = [];
    const results = await Promise.all(this.#pending.map(({ synced }) => synced));
    for (const [index, { path, temporary, expect }] of this.#pending.entries()) {
      try {
        const error = results[index];
        if (error) throw error;
        checkUnchanged(path, expect);
        Deno.renameSync(temporary, path);
        placed.push(path);
      } catch (error) {
        removeQuietly(temporary);
        const known = error instanceof ConflictError || error instanceof FileError;
        failed.set(path, known ? error : new FileError("write", path, systemCode(error)));
      }
    }
    this.#pending.length = 0;
    if (placed[0] === undefined) return failed;
    try {
      syncFolder(placed[0]);
    } catch (error) {
      for (const path of placed) failed.set(path, error as Error);
    }
    return failed;
  }

  /** Takes away what is not in place yet; nothing waits, so that it can run at a signal. */
  abandon(): void {
    for (const { temporary } of this.#pending) removeQuietly(temporary);
    this.#pending.length = 0;
  }
}

async function syncAndClose(file: Deno.FsFile): Promise<void> {
  try {
    await file.sync();
  } finally {
    file.close();
  }
}
