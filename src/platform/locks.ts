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
  return await holding(folder, { read: true }, action, options);
}

/**
 * The same with a file that is there for nothing else, is never replaced and never taken away; it
 * is made (mode 0600) where it is missing. Its folder has to be ours alone.
 *
 * @throws {LockTimeoutError} when another process kept it all that time
 * @throws {FileError} `lock`
 */
export async function withFileLock<T>(
  path: string,
  action: () => T | Promise<T>,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  return await holding(
    path,
    { read: true, write: true, create: true, mode: 0o600 },
    action,
    options,
  );
}

async function holding<T>(
  path: string,
  how: Deno.OpenOptions,
  action: () => T | Promise<T>,
  options: { readonly timeoutMs?: number },
): Promise<T> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, how);
  } catch (error) {
    throw new FileError("lock", path, systemCode(error));
  }
  try {
    await lock(file, path, options.timeoutMs ?? 30_000);
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
