import { FileError, systemCode } from "./errors.ts";
import { lstatIfThere, remove } from "./files.ts";

/** Why a file or a folder is not taken for ours. */
export type Unfit =
  | "a link"
  | "no file"
  | "no folder"
  | "of another user"
  | "open to others"
  | "under two names"
  | "too large";

/**
 * Reads a small file that nobody but us may have written: a file under one name, mode 0600, of that
 * user, no link. Its folder has to be closed to others.
 *
 * @param uid whose it has to be
 * @param most bytes
 * @returns its bytes, or what is wrong with it; nothing where there is none
 * @throws {FileError} `read`
 */
export function readOwnFile(
  path: string,
  uid: number,
  most: number,
): { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly unfit: Unfit } | undefined {
  try {
    const named = lstatIfThere(path);
    if (named === undefined) return undefined;
    const before = unfitness(named, uid, most);
    if (before) return { unfit: before };
    using file = Deno.openSync(path);
    const opened = file.statSync();
    const unfit = unfitness(opened, uid, most);
    if (unfit) return { unfit };
    // There is no O_NOFOLLOW here; a link that was put there in between leads to another file.
    if (opened.ino !== named.ino || opened.dev !== named.dev) return { unfit: "a link" };
    const bytes = new Uint8Array(most + 1);
    let length = 0;
    for (;;) {
      const count = file.readSync(bytes.subarray(length));
      if (!count) return { bytes: bytes.slice(0, length) };
      length += count;
      if (length > most) return { unfit: "too large" };
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new FileError("read", path, systemCode(error));
  }
}

function unfitness(info: Deno.FileInfo, uid: number, most: number): Unfit | undefined {
  if (info.isSymlink) return "a link";
  if (!info.isFile) return "no file";
  if (info.uid !== uid) return "of another user";
  if (((info.mode ?? 0) & 0o7777) !== 0o600) return "open to others";
  if (info.nlink !== 1) return "under two names";
  return info.size > most ? "too large" : undefined;
}

/**
 * Makes a folder (mode 0700) that is ours alone. What stands there and is not that is taken away.
 *
 * @returns what was wrong with what stood there
 * @throws {FileError} `create`, `remove`
 */
export function makeOwnFolder(path: string, uid: number): Unfit | undefined {
  const unfit = ownFolderFault(path, uid);
  if (unfit) remove(path, { recursive: true });
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists) || ownFolderFault(path, uid)) {
      throw new FileError("create", path, systemCode(error));
    }
  }
  return unfit;
}

/** @returns what keeps a path from being a folder of ours alone; nothing where nothing is there */
export function ownFolderFault(path: string, uid: number): Unfit | undefined {
  let info: Deno.FileInfo | undefined;
  try {
    info = lstatIfThere(path);
  } catch (error) {
    throw new FileError("read", path, systemCode(error));
  }
  if (info === undefined) return undefined;
  if (info.isSymlink) return "a link";
  if (!info.isDirectory) return "no folder";
  if (info.uid !== uid) return "of another user";
  return ((info.mode ?? 0) & 0o777) === 0o700 ? undefined : "open to others";
}

/** @returns whose a file or a folder is; nothing where there is none */
export function ownerOf(path: string): number | undefined {
  try {
    return lstatIfThere(path)?.uid ?? undefined;
  } catch (error) {
    throw new FileError("read", path, systemCode(error));
  }
}
