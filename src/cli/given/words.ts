import type { CacheEvent } from "../../aws/session/cache.ts";
import { FileError, type RuntimeFolderError } from "../../platform/errors.ts";
import type { Entry } from "../../aws/session/entry.ts";
import type { Fault } from "../faults/fault.ts";
import { reasonOf } from "../faults/system_words.ts";

const whys = {
  "a link": "it is a link",
  "no file": "it is no file",
  "no folder": "it is no folder",
  "of another user": "it belongs to another user",
  "open to others": "others could have written it, or read it",
  "under two names": "it has a second name",
  "too large": "it is too large",
  "malformed": "it is not what is written there",
} as const;

/** A trouble with the cache that is no error. */
export function cacheWords(event: CacheEvent): string {
  return event.kind === "unfit"
    ? `Warning: "${event.path}" is not used, because ${whys[event.why]}; it is replaced`
    : `Warning: the session is not kept in "${event.path}": ${reasonOf(event.code)}`;
}

/** Nothing can be kept. */
export function noCacheWords(error: RuntimeFolderError | FileError): string {
  const why = error instanceof FileError ? reasonOf(error.code) : folderWords(error);
  return `Warning: sessions are not kept, because ${why}; each start asks AWS for one`;
}

function folderWords({ reason, path, details }: RuntimeFolderError): string {
  switch (reason) {
    case "unsupported platform":
      return "this system has no folder in memory";
    case "on disk":
      return `"${path}" is on ${details.fileSystem}, not in memory`;
    case "squatted":
      return `"${path}" belongs to user ${details.owner}`;
    case "link":
      return `"${path}" is a link`;
    case "not a folder":
      return `"${path}" is no folder`;
    case "mode":
      return `others may enter "${path}"`;
    case "not permitted":
      return `the permission for "${path}" was given up`;
  }
}

/** A session that is handed out although it is time for another. */
export function staleWords(
  profile: string,
  { expires }: Pick<Entry, "expires">,
  now: Temporal.Instant,
  { message }: Fault,
): string {
  const minutes = Math.floor((expires.epochMilliseconds - now.epochMilliseconds) / 60_000);
  return `Warning: the session of "${profile}" has ${minutes} min left: ` +
    `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;
}
