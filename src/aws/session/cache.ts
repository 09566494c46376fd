import { FileError } from "../../platform/errors.ts";
import { listFolder, remove, replaceFile } from "../../platform/files.ts";
import { withFileLock } from "../../platform/locks.ts";
import {
  makeOwnFolder,
  ownerOf,
  ownFolderFault,
  readOwnFile,
  type Unfit,
} from "../../platform/own_files.ts";
import { baseName } from "../../platform/paths.ts";
import { type Entry, profilesOf, readEntry, writeEntry } from "./entry.ts";

/** What is worth telling a person about the cache; nothing of it is an error. */
export type CacheEvent =
  /** Something that stood in the way is not ours, and is not used. */
  | { readonly kind: "unfit"; readonly path: string; readonly why: Unfit | "malformed" }
  /** A session could not be stored. */
  | { readonly kind: "not stored"; readonly path: string; readonly code: string };

/** Where sessions are kept between one process and the next. */
export interface Cache {
  /** What is there under a name, whether it is still good or not. */
  read(name: string): Entry | undefined;
  /** Keeps a session; where that fails, this process keeps it. */
  write(name: string, entry: Entry): void;
  /** Runs something that no other process does for that name meanwhile. */
  locked<T>(name: string, seconds: number, action: () => Promise<T>): Promise<T>;
}

/** The folder of the sessions, below the private folder in memory. */
export const sessionsFolder = "sessions";

/** Bytes of an entry at most. */
const most = 64 * 1024;

/**
 * Sessions as files in memory, one a session: mode 0600, in a folder of ours alone. Whatever else
 * stands there is not used, and is replaced.
 *
 * @param folder a private folder in memory (`privateFolder`)
 * @param tell hears of each path once
 * @throws {FileError} when there can be no such folder
 */
export function fileCache(folder: string, tell: (event: CacheEvent) => void): Cache {
  const uid = ownerOf(folder) ?? 0;
  const sessions = `${folder}/${sessionsFolder}`;
  const own = memoryCache();
  const told = new Set<string>();
  const tellOnce = (event: CacheEvent) => {
    if (told.has(event.path)) return;
    told.add(event.path);
    tell(event);
  };
  const why = makeOwnFolder(sessions, uid);
  if (why) tellOnce({ kind: "unfit", path: sessions, why });
  const fileOf = (name: string) => `${sessions}/${name}.json`;

  return {
    read(name) {
      const path = fileOf(name);
      const found = readOrTell(path, uid, tellOnce);
      if (found === undefined || "unfit" in found) {
        if (found) tellOnce({ kind: "unfit", path, why: found.unfit });
        return own.read(name);
      }
      const entry = readEntry(found.bytes);
      if (entry === undefined) tellOnce({ kind: "unfit", path, why: "malformed" });
      return later(entry, own.read(name));
    },
    write(name, entry) {
      const path = fileOf(name);
      try {
        const found = readOwnFile(path, uid, most);
        // It would hand its owner on to what takes its place.
        if (found && "unfit" in found) remove(path, { recursive: true });
        replaceFile(path, writeEntry(entry), { mode: 0o600 });
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        tellOnce({ kind: "not stored", path, code: error.code });
        own.write(name, entry);
      }
    },
    async locked(name, seconds, action) {
      const path = `${sessions}/${name}.lock`;
      let entered = false;
      try {
        return await withFileLock(path, () => {
          entered = true;
          return action();
        }, { timeoutMs: seconds * 1000 });
      } catch (error) {
        if (entered || !(error instanceof FileError)) throw error;
        // Two processes may then ask at once; that is better than none.
        tellOnce({ kind: "not stored", path, code: error.code });
        return await own.locked(name, seconds, action);
      }
    },
  };
}

/** What could not be stored may be newer than what is there. */
function later(one: Entry | undefined, other: Entry | undefined): Entry | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Temporal.Instant.compare(one.issued, other.issued) < 0 ? other : one;
}

function readOrTell(path: string, uid: number, tell: (event: CacheEvent) => void) {
  try {
    return readOwnFile(path, uid, most);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    tell({ kind: "not stored", path, code: error.code });
    return undefined;
  }
}

/** Sessions that are gone with this process. */
export function memoryCache(): Cache {
  const entries = new Map<string, Entry>();
  const last = new Map<string, Promise<unknown>>();
  return {
    read: (name) => entries.get(name),
    write: (name, entry) => void entries.set(name, entry),
    locked(name, _seconds, action) {
      const next = (last.get(name) ?? Promise.resolve()).then(action, action);
      last.set(name, next.catch(() => {}));
      return next;
    },
  };
}

/**
 * Takes sessions away. The files that processes wait at stay.
 *
 * @param folder a private folder in memory
 * @param profile all unless given
 * @returns the profiles that they were for, each once for each session
 * @throws {FileError} `list`, `remove`
 */
export function forget(folder: string, profile?: string): string[] {
  const forgotten: string[] = [];
  for (const { path, entry } of filesOf(folder)) {
    // What leads to sessions goes whenever one of them does.
    if (profile !== undefined && entry && !profilesOf(entry).includes(profile)) continue;
    remove(path, { recursive: true });
    if (entry) forgotten.push(profile ?? entry.profile);
  }
  return forgotten.sort();
}

/**
 * One session, good or not; nothing is said of what is not as it should be.
 *
 * @param folder a private folder in memory
 */
export function readKept(folder: string, name: string): Entry | undefined {
  const uid = ownerOf(folder);
  if (uid === undefined || ownFolderFault(`${folder}/${sessionsFolder}`, uid)) return undefined;
  const found = readOwnFile(`${folder}/${sessionsFolder}/${name}.json`, uid, most);
  return found && "bytes" in found ? readEntry(found.bytes) : undefined;
}

/** A session that is kept, and under which name. */
export interface Kept {
  readonly name: string;
  readonly entry: Entry;
}

/**
 * The sessions that are there, good or not; nothing is said of what is not as it should be.
 *
 * @param folder a private folder in memory
 * @throws {FileError} `list`, `read`
 */
export function kept(folder: string): Kept[] {
  return filesOf(folder).flatMap(({ path, entry }) =>
    entry ? [{ name: baseName(path).replace(/\.json$/, ""), entry }] : []
  );
}

/** Everything but the files that processes wait at; a link to another folder has none of ours. */
function filesOf(folder: string): { readonly path: string; readonly entry: Entry | undefined }[] {
  const sessions = `${folder}/${sessionsFolder}`;
  const uid = ownerOf(folder);
  if (uid === undefined || ownerOf(sessions) === undefined || ownFolderFault(sessions, uid)) {
    return [];
  }
  return listFolder(sessions).filter(({ name }) => !name.endsWith(".lock")).map(({ name }) => {
    const path = `${sessions}/${name}`;
    const found = name.endsWith(".json") ? readOwnFile(path, uid, most) : undefined;
    return { path, entry: found && "bytes" in found ? readEntry(found.bytes) : undefined };
  });
}
