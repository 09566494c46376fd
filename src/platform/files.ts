import { ConflictError, FileError, type FileOperation, systemCode } from "./errors.ts";
import { join, parentOf, splitPath } from "./paths.ts";
import { isSpecialFile } from "./permissions.ts";

/** A file as it was when it was read. */
export interface Snapshot {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Permission bits, `0o644`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Absent where the file system has none. */
  readonly modified?: Temporal.Instant;
}

/**
 * So many bytes of a file are read at most. It is what a string can hold, less some room, and far
 * above what secrets take.
 */
export const largestFile = 500_000_000;

/**
 * Reads a whole file, following links.
 *
 * @throws {FileError} `read`; of one that is larger than `largestFile`, or grows beyond that while it
 *   is read, no more than so much is held
 */
export function readFile(path: string): Snapshot {
  return withFile(path, (file, info) => ({
    bytes: readToEnd(file, info.size, path),
    mode: (info.mode ?? 0o600) & 0o7777,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    ...(info.mtime ? { modified: info.mtime.toTemporalInstant() } : {}),
  }));
}

/** @throws {FileError} `read`, also where there would be no end */
function withFile<T>(path: string, work: (file: Deno.FsFile, info: Deno.FileInfo) => T): T {
  return attempt("read", path, () => {
    // To open a pipe waits for whoever writes to it, and no signal is heard meanwhile. One that the
    // shell made, `/dev/stdin` or `<(...)`, is open already.
    const isOpen = () => isSpecialFile(path) && !path.startsWith("/dev/shm/");
    const { isFifo, isCharDevice } = Deno.statSync(path);
    if (isFifo && !isOpen()) throw new FileError("read", path, "EFIFO");
    // A link in somebody's repository may lead to one that never ends, such as /dev/zero.
    const ends = () =>
      /^\/dev\/(?:stdin$|fd\/|tty|pts\/)|^\/proc\//.test(path) ||
      Deno.realPathSync(path) === "/dev/null";
    if (isCharDevice && !ends()) {
      throw new FileError("read", path, "EDEVICE");
    }
    using file = Deno.openSync(path);
    const info = file.statSync();
    // Deno opens a folder without complaint, and reading says EISDIR only on some systems.
    if (info.isDirectory) throw new FileError("read", path, "EISDIR");
    return work(file, info);
  });
}

/** `readFile`, or nothing where there is no such file. Every other failure is still thrown. */
export function readFileIfThere(path: string): Snapshot | undefined {
  return ifThere(() => readFile(path));
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileError && ["ENOENT", "ENOTDIR"].includes(error.code)) return undefined;
    throw error;
  }
}

/** Whether anything is there, a dangling link included. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return false;
    throw new FileError("read", path, systemCode(error));
  }
}

/** What is at a path, a link not followed; nothing where nothing is, or no path leads there. */
export function kindOf(path: string): "file" | "folder" | "link" | "other" | undefined {
  try {
    const { isFile, isDirectory, isSymlink } = Deno.lstatSync(path);
    return isFile ? "file" : isDirectory ? "folder" : isSymlink ? "link" : "other";
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return undefined;
    throw new FileError("read", path, systemCode(error));
  }
}

/**
 * Where a file really is: links are followed to the end, so that a link stays a link when its
 * target is replaced.
 *
 * @returns an absolute path; for a file that is not there yet, its real folder and its own name
 * @throws {FileError} `read` when its folder is not there or the link leads nowhere
 */
export function realPath(path: string): string {
  return attempt("read", path, () => {
    try {
      return Deno.realPathSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || exists(path)) throw error;
      const { folder, name } = splitPath(path);
      return `${Deno.realPathSync(folder).replace(/\/$/, "")}/${name}`;
    }
  });
}

/** The name under which a file is written before it takes the place of the other one. */
export function temporaryName(path: string): string {
  const { folder, name } = splitPath(path);
  return join(folder, `.${name}.credsmith-tmp`);
}

/** Whether a file is what a killed process left on the way to replacing another one. */
export function isTemporary(path: string): boolean {
  return /^\..+\.credsmith-tmp$/.test(splitPath(path).name);
}

/**
 * Replaces a file whole: a temporary sibling is written, brought to the disk, renamed over the old
 * one, and the folder is brought to the disk. Until the rename the old file is untouched; a failure
 * takes the temporary file away. What a killed process left under the temporary name is removed
 * without being followed.
 *
 * The write path is synchronous, so a signal that is listened for waits until it is through. Hold
 * the lock of the folder (`withDirectoryLock`): the temporary name is the same for every process.
 *
 * @param path the real file (`realPath`); a link would be replaced itself
 * @param options.expect what is there now, or `"absent"`; unless given, nothing is checked
 * @param options.mode permission bits; unless given, the old file's, or `0o600`; of a new file the
 *   umask takes away what it does
 * @throws {ConflictError} when something other than `expect` is there
 * @throws {FileError} `write`; `sync` with `changed` when only the folder could not be synced
 */
export function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly expect?: Snapshot | "absent"; readonly mode?: number } = {},
): void {
  const { expect, mode } = options;
  const old = attempt("write", path, () => lstatIfThere(path));
  if (old?.isDirectory) throw new FileError("write", path, "EISDIR");
  const temporary = writeTemporary(path, bytes, mode ?? old?.mode ?? 0o600, old);
  try {
    if (expect !== undefined) checkUnchanged(path, expect);
    if (expect === "absent") putInPlaceOfNothing(temporary, path);
    else Deno.renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    if (error instanceof Deno.errors.AlreadyExists) throw new ConflictError(path, "appeared");
    throw error instanceof ConflictError ? error : wrap("write", path, error);
  }
  syncFolder(path);
}

/**
 * Makes a file, whole or not at all; one that is there is never touched. Hold the lock of the
 * folder, as for `replaceFile`.
 *
 * @param mode permission bits that the file has from its first moment, `0o600`
 * @throws {ConflictError} when there is something already, a dangling link included
 * @throws {FileError} `write`, `sync`
 */
export function writeNewFile(path: string, bytes: Uint8Array, mode: number): void {
  if (exists(path)) throw new ConflictError(path, "appeared");
  replaceFile(path, bytes, { expect: "absent", mode });
}

/**
 * Makes a folder with its parents.
 *
 * @param mode of each folder that is made, `0o755` unless given
 * @throws {FileError} `create`
 */
export function makeFolder(path: string, mode = 0o755): void {
  attempt("create", path, () => Deno.mkdirSync(path, { recursive: true, mode }));
}

/**
 * @returns names and kinds of what is in a folder, in no order
 * @throws {FileError} `list`
 */
export function listFolder(path: string): Deno.DirEntry[] {
  return attempt("list", path, () => [...Deno.readDirSync(path)]);
}

/**
 * Removes a file or, with `recursive`, a folder with all that is in it. Links are not followed.
 * Nothing happens where there is nothing.
 *
 * @throws {FileError} `remove`
 */
export function remove(path: string, options: { readonly recursive?: boolean } = {}): void {
  try {
    Deno.removeSync(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw wrap("remove", path, error);
  }
}

function writeTemporary(
  path: string,
  bytes: Uint8Array,
  mode: number,
  old: Deno.FileInfo | undefined,
): string {
  const { temporary, file } = openTemporary(path, bytes, mode, old);
  try {
    using open = file;
    open.syncSync();
  } catch (error) {
    removeQuietly(temporary);
    throw wrap("write", path, error);
  }
  return temporary;
}

/**
 * Writes the temporary sibling of a file, which is not brought to the disk yet. Where that fails,
 * nothing is left.
 *
 * @param old the file that it will take the place of
 * @throws {FileError} `write`
 */
export function openTemporary(
  path: string,
  bytes: Uint8Array,
  mode: number,
  old: Deno.FileInfo | undefined,
): { readonly temporary: string; readonly file: Deno.FsFile } {
  const temporary = temporaryName(path);
  const bits = mode & 0o7777;
  const file = attempt("write", path, () => openAfresh(temporary, bits));
  try {
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
    const made = file.statSync();
    if (old) keepOwner(temporary, made, old);
    // A file that takes another's place has its mode in full; on a new one the umask has its say.
    if (old && ((made.mode ?? bits) & 0o7777) !== bits) Deno.chmodSync(temporary, bits);
    return { temporary, file };
  } catch (error) {
    file.close();
    removeQuietly(temporary);
    throw wrap("write", path, error);
  }
}

/** Opens a new file; what stands there is a leftover (or a trap), and is removed, not followed. */
function openAfresh(path: string, mode: number): Deno.FsFile {
  const open = () => Deno.openSync(path, { write: true, createNew: true, mode });
  try {
    return open();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    Deno.removeSync(path);
    return open();
  }
}

/** A link, unlike a rename, fails when something has appeared there meanwhile. */
function putInPlaceOfNothing(temporary: string, path: string): void {
  try {
    Deno.linkSync(temporary, path);
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(systemCode(error))) {
      throw error;
    }
    // FAT and the like have no hard links; that nothing is there was checked a moment ago.
    return Deno.renameSync(temporary, path);
  }
  removeQuietly(temporary);
}

/** As root the new file goes to whoever had the old one; others keep the group where they may. */
function keepOwner(path: string, made: Deno.FileInfo, old: Deno.FileInfo): void {
  if (made.uid === old.uid && made.gid === old.gid) return;
  try {
    Deno.chownSync(path, old.uid, old.gid);
  } catch (error) {
    if (!["EPERM", "EINVAL"].includes(systemCode(error))) throw error;
  }
}

/** @throws {ConflictError} when something other than `expect` is there */
export function checkUnchanged(path: string, expect: Snapshot | "absent"): void {
  const found = ifThere(() =>
    withFile(path, (file) => expect === "absent" || holds(file, expect.bytes))
  );
  if (expect === "absent") {
    if (found) throw new ConflictError(path, "appeared");
    return;
  }
  if (found === undefined) throw new ConflictError(path, "removed");
  if (!found) throw new ConflictError(path, "changed");
}

/**
 * Brings the entry of a file in its folder to the disk; it has its new content whatever happens here.
 *
 * @throws {FileError} `sync`, with `changed`
 */
export function syncFolder(path: string): void {
  try {
    using folder = Deno.openSync(parentOf(path));
    folder.syncSync();
  } catch (error) {
    const code = systemCode(error);
    // Some network and user-space file systems cannot sync a folder at all.
    if (["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) return;
    throw new FileError("sync", path, code, true);
  }
}

function readToEnd(file: Deno.FsFile, expected: number, path: string): Uint8Array<ArrayBuffer> {
  const tooLarge = () => new FileError("read", path, "ETOOLARGE");
  if (expected > largestFile) throw tooLarge();
  let buffer = new Uint8Array(expected + 1);
  let length = 0;
  for (;;) {
    const count = file.readSync(buffer.subarray(length));
    if (!count) {
      return buffer.length - length > 1 ? buffer.slice(0, length) : buffer.subarray(0, length);
    }
    length += count;
    if (length > largestFile) throw tooLarge();
    if (length === buffer.length) {
      const doubled = Math.max(65_536, buffer.length * 2);
      const larger = new Uint8Array(Math.min(doubled, largestFile + 1));
      larger.set(buffer);
      buffer = larger;
    }
  }
}

/** Whether a file has this content from where it is read to its end. */
function holds(file: Deno.FsFile, bytes: Uint8Array): boolean {
  const buffer = new Uint8Array(Math.min(bytes.length + 1, 1 << 20));
  let at = 0;
  for (;;) {
    const count = file.readSync(buffer);
    if (!count) return at === bytes.length;
    if (!sameBytes(buffer.subarray(0, count), bytes.subarray(at, at + count))) return false;
    at += count;
  }
}

/** Whether two files have the same content. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}

/** What is at a path itself, a link not followed; nothing where nothing is. */
export function lstatIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Removes a file of ours, where another error is what matters. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // What made us clean up is the error that matters.
  }
}

function attempt<T>(operation: FileOperation, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw wrap(operation, path, error);
  }
}

function wrap(operation: FileOperation, path: string, error: unknown): Error {
  if (error instanceof FileError || error instanceof ConflictError) return error;
  return new FileError(operation, path, systemCode(error));
}
