import { FileError, LockTimeoutError, systemCode } from "./errors.ts";

/**
 * Runs something while this process alone holds the advisory lock (flock) of a folder. A lock on a
 * file would die with the rename that replaces it. It does not nest: a second call for the same
 * folder inside `action` waits for the first.
 *
 * @param folder has to be there; reading it is enough, also on a read-only file system
 * @param options.timeoutMs how long to wait for another process, 30,000 unless given
 * @throws {LockTimeoutError} when another process kept it all that time
 * @throws {FileError} `lock`
 */
export async function withDirectoryLock<T>(
  folder: string,
  action: () => T | Promise<T>,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(folder);
  } catch (error) {
    throw new FileError("lock", folder, systemCode(error));
  }
  try {
    await lock(file, folder, options.timeoutMs ?? 30_000);
    return await action();
  } finally {
    file.close();
  }
}

async function lock(file: Deno.FsFile, folder: string, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    if (file.tryLockSync(true)) return;
    // The blocking call runs on another thread, so that signals are still heard.
    await Promise.race([
      file.lock(true),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new LockTimeoutError(folder, timeoutMs)), timeoutMs);
      }),
    ]);
  } catch (error) {
    if (error instanceof LockTimeoutError) throw error;
    throw new FileError("lock", folder, systemCode(error));
  } finally {
    clearTimeout(timer);
  }
}
