import { kept } from "../aws/session/cache.ts";
import { FileError } from "../platform/errors.ts";

/** A session in memory, without its secrets. */
export interface KeptSession {
  /** What it is kept under: a digest of all that it depends on. */
  readonly name: string;
  readonly profile: string;
  readonly how: "session" | "role";
  readonly accessKeyId: string;
  readonly expires: Temporal.Instant;
}

/**
 * The sessions that are kept in memory. What is not ours alone, or cannot be read, is passed over:
 * whoever uses sessions tells of that.
 *
 * @param folder a private folder in memory (`privateFolder`)
 */
export function keptSessions(folder: string): KeptSession[] {
  try {
    return kept(folder).map(({ name, entry }) => {
      const { credentials: { accessKeyId }, expires, profile, how } = entry;
      return { name, profile, how, accessKeyId, expires };
    });
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
