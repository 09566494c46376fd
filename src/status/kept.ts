import { sessionsFolder } from "../aws/session/cache.ts";
import { readEntry } from "../aws/session/entry.ts";
import { FileError } from "../platform/errors.ts";
import { listFolder } from "../platform/files.ts";
import { ownerOf, ownFolderFault, readOwnFile } from "../platform/own_files.ts";

/** A session in memory, without its secrets. */
export interface KeptSession {
  /** What it is kept under: a digest of all that it depends on. */
  readonly name: string;
  readonly profile: string;
  readonly how: "session" | "role";
  readonly accessKeyId: string;
  readonly expires: Temporal.Instant;
}

/** Bytes of an entry at most. */
const most = 64 * 1024;

/**
 * The sessions that are kept in memory. What is not ours alone, or cannot be read, is passed over:
 * whoever uses sessions tells of that.
 *
 * @param folder a private folder in memory (`privateFolder`)
 */
export function keptSessions(folder: string): KeptSession[] {
  try {
    const sessions = `${folder}/${sessionsFolder}`;
    const uid = ownerOf(folder);
    if (uid === undefined || ownerOf(sessions) === undefined) return [];
    if (ownFolderFault(folder, uid) || ownFolderFault(sessions, uid)) return [];
    return listFolder(sessions).flatMap(({ name }) => {
      if (!/^[0-9a-f]{64}\.json$/.test(name)) return [];
      const found = readOwnFile(`${sessions}/${name}`, uid, most);
      const entry = found && "bytes" in found ? readEntry(found.bytes) : undefined;
      if (entry === undefined) return [];
      const { credentials: { accessKeyId }, expires, profile, how } = entry;
      return [{ name: name.slice(0, 64), profile, how, accessKeyId, expires }];
    });
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
