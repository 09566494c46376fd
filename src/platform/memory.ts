import { FileError, RuntimeFolderError, systemCode } from "./errors.ts";
import { withDirectoryLock } from "./locks.ts";
import { fileSystemOf, fileSystemTypeByStatfs, isMemoryBacked, parseMountinfo } from "./mounts.ts";

/** What decides where plaintext may lie. */
export interface MemoryContext {
  /** `XDG_RUNTIME_DIR` is read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `/proc/self/mountinfo`, read while that was allowed; without it statfs is asked (35 ms). */
  readonly mountinfo: string | undefined;
  /** Ours unless given, which takes the `sys` permission. */
  readonly uid?: number;
  /** `linux` unless given. */
  readonly os?: typeof Deno.build.os;
  /** Where memory-backed files are on every Linux, `/dev/shm` unless given. */
  readonly sharedMemory?: string;
}

/**
 * The folder for plaintext: `$XDG_RUNTIME_DIR/credsmith`, or where that folder is not in memory or
 * not there, `/dev/shm/credsmith-<uid>`. It is made with mode 0700, and whether made now or found,
 * it is ours, no link, closed to others and memory-backed, or it is not used.
 *
 * `/dev/shm` cannot be used after any permission was given up.
 *
 * @param context where to look
 * @param options.create whether to make the folder where it is missing, true unless given
 * @returns its path, or nothing when it is not there and was not to be made
 * @throws {RuntimeFolderError} with the reason
 */
export async function privateFolder(
  context: MemoryContext,
  options: { readonly create: false },
): Promise<string | undefined>;
export async function privateFolder(context: MemoryContext): Promise<string>;
export async function privateFolder(
  context: MemoryContext,
  { create = true }: { readonly create?: boolean } = {},
): Promise<string | undefined> {
  const os = context.os ?? Deno.build.os;
  const shared = context.sharedMemory ?? "/dev/shm";
  if (os !== "linux") throw new RuntimeFolderError("unsupported platform", os);
  const uid = context.uid ?? ownUid(shared);

  const runtime = context.env.XDG_RUNTIME_DIR;
  if (runtime?.startsWith("/") && isOwnFolder(runtime, uid)) {
    if (isMemoryBacked(await typeOf(runtime, context))) {
      return await checked(`${runtime.replace(/\/+$/, "")}/credsmith`, uid, create, context);
    }
  }
  const type = await typeOf(shared, context);
  if (!isMemoryBacked(type)) throw new RuntimeFolderError("on disk", shared, { fileSystem: type });
  return await checked(`${shared}/credsmith-${uid}`, uid, create, context);
}

/**
 * Whether `privateFolder` would use `/dev/shm`, which Deno closes once any permission is gone.
 *
 * @param context as for `privateFolder`; without a list of mounts the runtime folder counts as memory
 */
export function usesSharedMemory(context: MemoryContext): boolean {
  const runtime = context.env.XDG_RUNTIME_DIR;
  try {
    const uid = context.uid ?? Deno.uid() ?? 0;
    if (!runtime?.startsWith("/") || !isOwnFolder(runtime, uid)) return true;
    const { dev } = Deno.statSync(runtime);
    if (context.mountinfo === undefined) return false;
    const found = fileSystemOf(Deno.realPathSync(runtime), parseMountinfo(context.mountinfo), dev);
    return !isMemoryBacked(found?.type ?? "unknown");
  } catch {
    return true;
  }
}

function ownUid(wanted: string): number {
  try {
    return Deno.uid() ?? 0;
  } catch {
    throw new RuntimeFolderError("not permitted", wanted);
  }
}

/** A folder for one run, with a lock that says that this process is alive. */
export interface WorkFolder extends Disposable {
  readonly path: string;
}

/**
 * Makes a folder (mode 0700) inside a private folder, removed with all that is in it when it goes
 * out of scope. While the process lives it holds a lock on it, by which `sweepLeftovers` knows.
 *
 * @param folder from `privateFolder`
 * @param prefix what its name begins with, `edit-`
 * @throws {FileError} `create`, `lock`
 */
export async function workFolder(folder: string, prefix: string): Promise<WorkFolder> {
  return await withDirectoryLock(folder, () => {
    let path: string;
    try {
      path = Deno.makeTempDirSync({ dir: folder, prefix });
    } catch (error) {
      throw new FileError("create", folder, systemCode(error));
    }
    // Nobody can take the lock before us: sweeping happens under the outer folder's lock.
    const lock = Deno.openSync(path);
    lock.tryLockSync(true);
    return {
      path,
      [Symbol.dispose]() {
        try {
          Deno.removeSync(path, { recursive: true });
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) {
            throw new FileError("remove", path, systemCode(error));
          }
        } finally {
          lock.close();
        }
      },
    };
  });
}

/**
 * Makes a folder (mode 0700) among temporary files, which may be on a disk: for what holds no
 * plaintext. Removed with all that is in it when it goes out of scope.
 *
 * @throws {FileError} `create`
 */
export function temporaryFolder(prefix: string): WorkFolder {
  try {
    const path = Deno.makeTempDirSync({ prefix });
    return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
  } catch (error) {
    throw new FileError("create", "$TMPDIR", systemCode(error));
  }
}

/**
 * Removes the work folders of processes that died without doing so (SIGKILL). A lock tells them
 * apart rather than a process number, which is reused and differs between containers.
 *
 * @returns the paths that were removed
 * @throws {FileError} `list`, `lock`, `remove`
 */
export async function sweepLeftovers(folder: string, prefix: string): Promise<string[]> {
  return await withDirectoryLock(folder, () => {
    const removed: string[] = [];
    for (const entry of Deno.readDirSync(folder)) {
      if (!entry.isDirectory || !entry.name.startsWith(prefix)) continue;
      const path = `${folder}/${entry.name}`;
      try {
        using lock = Deno.openSync(path);
        if (!lock.tryLockSync(true)) continue;
        Deno.removeSync(path, { recursive: true });
        removed.push(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        throw new FileError("remove", path, systemCode(error));
      }
    }
    return removed;
  });
}

async function checked(
  path: string,
  uid: number,
  create: boolean,
  context: MemoryContext,
): Promise<string | undefined> {
  if (create) {
    try {
      // Not recursive: mkdir never follows or accepts a link in the last place.
      Deno.mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        throw new RuntimeFolderError("not permitted", path);
      }
      if (!(error instanceof Deno.errors.AlreadyExists)) {
        throw new FileError("create", path, systemCode(error));
      }
    }
  }
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (!create && error instanceof Deno.errors.NotFound) return undefined;
    throw new FileError("read", path, systemCode(error));
  }
  const owner = info.uid ?? -1;
  const mode = (info.mode ?? 0) & 0o7777;
  if (info.isSymlink) throw new RuntimeFolderError("link", path, { owner });
  if (!info.isDirectory) throw new RuntimeFolderError("not a folder", path, { owner });
  if (owner !== uid) throw new RuntimeFolderError("squatted", path, { owner });
  if ((mode & 0o777) !== 0o700) throw new RuntimeFolderError("mode", path, { mode });
  // Something may be mounted on the very folder.
  const type = await typeOf(path, context);
  if (!isMemoryBacked(type)) throw new RuntimeFolderError("on disk", path, { fileSystem: type });
  return path;
}

function isOwnFolder(path: string, uid: number): boolean {
  try {
    const info = Deno.statSync(path);
    return info.isDirectory && info.uid === uid;
  } catch {
    return false;
  }
}

/**
 * Whether a folder is in memory, and not on a disk.
 *
 * @throws {FileError} `read`
 */
export async function isInMemory(path: string, context: MemoryContext): Promise<boolean> {
  return isMemoryBacked(await typeOf(path, context));
}

async function typeOf(path: string, { mountinfo }: MemoryContext): Promise<string> {
  try {
    const info = Deno.statSync(path);
    if (mountinfo === undefined) return await fileSystemTypeByStatfs(path);
    const found = fileSystemOf(Deno.realPathSync(path), parseMountinfo(mountinfo), info.dev);
    return found?.type ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new RuntimeFolderError("not permitted", path);
    }
    throw new FileError("read", path, systemCode(error));
  }
}
