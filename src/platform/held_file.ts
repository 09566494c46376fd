import { FileError, type FileOperation, systemCode } from "./errors.ts";
import { parentOf } from "./paths.ts";

/** What a file was when it was looked at. */
export interface HeldInfo {
  readonly device: number;
  readonly inode: number;
  /** In bytes. */
  readonly size: number;
  /** Allocated, in bytes; less than `size` where the file has holes. */
  readonly allocated: number;
  /** Of the file system, in bytes. */
  readonly blockSize: number;
  /** How many names the file has; 0 once it is removed. */
  readonly names: number;
}

/**
 * A file that is open for reading and writing. It stays the same file when its name is taken by
 * another one, or removed.
 */
export class HeldFile implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(readonly path: string, file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Opens a file; a link is followed, so compare `info` with what was looked at before.
   *
   * @throws {FileError} `read` or `write`
   */
  static open(path: string, { write }: { readonly write: boolean }): HeldFile {
    return attempt(write ? "write" : "read", path, () => {
      return new HeldFile(path, Deno.openSync(path, { read: true, write }));
    });
  }

  info(): HeldInfo {
    return attempt("read", this.path, () => heldInfo(this.#file.statSync()));
  }

  /**
   * Fills a buffer from an offset on.
   *
   * @returns how much was filled; less only at the end of the file
   */
  read(offset: number, buffer: Uint8Array): number {
    return attempt("read", this.path, () => {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < buffer.length) {
        const count = this.#file.readSync(buffer.subarray(filled));
        if (!count) break;
        filled += count;
      }
      return filled;
    });
  }

  /** Writes all of the bytes at an offset, however many system calls that takes. */
  write(offset: number, bytes: Uint8Array): void {
    attempt("write", this.path, () => {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      for (let sent = 0; sent < bytes.length;) sent += this.#file.writeSync(bytes.subarray(sent));
    });
  }

  truncate(size: number): void {
    attempt("write", this.path, () => this.#file.truncateSync(size));
  }

  /** Brings content and metadata to the device. */
  sync(): void {
    attempt("sync", this.path, () => this.#file.syncSync());
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** What stands at a path. */
export interface Standing extends HeldInfo {
  readonly kind: "file" | "folder" | "link" | "device" | "fifo" | "socket";
  /** Permission bits. */
  readonly mode: number;
  /** What a link says, as it is written there. */
  readonly target?: string;
}

/** Looks at a path without following a link; nothing where nothing is. @throws {FileError} `read` */
export function standingAt(path: string): Standing | undefined {
  return attempt("read", path, () => {
    const info = lstat(path);
    if (info === undefined) return undefined;
    const kind = info.isSymlink
      ? "link"
      : info.isDirectory
      ? "folder"
      : info.isFifo
      ? "fifo"
      : info.isSocket
      ? "socket"
      : info.isFile
      ? "file"
      : "device";
    return {
      ...heldInfo(info),
      kind,
      mode: (info.mode ?? 0) & 0o7777,
      ...(kind === "link" ? { target: Deno.readLinkSync(path) } : {}),
    };
  });
}

/** What `stat` says, in units that need no footnote. */
function heldInfo(info: Deno.FileInfo): HeldInfo {
  return {
    device: info.dev,
    inode: info.ino ?? 0,
    size: info.size,
    allocated: info.blocks === null ? info.size : info.blocks * 512,
    blockSize: info.blksize ?? 4096,
    names: info.nlink ?? 1,
  };
}

/**
 * Takes a name out of its folder: the file gets a random name first, so that the old one is not
 * what the folder's block ends with, then none. The folder is brought to the device.
 *
 * @param randomName of the same length as the old one
 * @throws {FileError} `remove`
 */
export function removeName(path: string, randomName: string, emptied: () => void): void {
  const folder = parentOf(path);
  const renamed = `${folder}/${randomName}`;
  attempt("remove", path, () => {
    using opened = Deno.openSync(folder);
    let last = path;
    if (lstat(renamed) === undefined) {
      Deno.renameSync(path, renamed);
      last = renamed;
      syncWherePossible(opened);
    }
    emptied();
    Deno.removeSync(last);
    syncWherePossible(opened);
  });
}

/** Lets the owner write. @throws {FileError} `write` */
export function makeWritable(path: string, mode: number): void {
  attempt("write", path, () => Deno.chmodSync(path, mode | 0o200));
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return undefined;
    throw error;
  }
}

/** Some file systems cannot sync a folder. */
function syncWherePossible(folder: Deno.FsFile): void {
  try {
    folder.syncSync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemCode(error))) throw error;
  }
}

function attempt<T>(operation: FileOperation, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(operation, path, systemCode(error));
  }
}
