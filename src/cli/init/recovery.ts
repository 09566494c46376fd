import { realPath, writeNewFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { parentOf } from "../../platform/paths.ts";
import { RefusedError } from "../errors.ts";
import type { Recovery } from "./recipients.ts";
import type { Talk } from "./talk.ts";

/**
 * Hands the recovery key over: shown once on the terminal and taken off it again, or written to a
 * file that the person named.
 *
 * @throws {RefusedError} when the person did not write it down; nothing was written then
 * @throws {FileError} when its file cannot be written
 */
export async function handOver({ identity, to }: Recovery, talk: Talk): Promise<void> {
  if (to === undefined) return;
  if (to !== "terminal") {
    const { file } = to;
    const bytes = new TextEncoder().encode(`${identity.secret.reveal()}\n`);
    await withDirectoryLock(parentOf(file), () => writeNewFile(realPath(file), bytes, 0o600));
    bytes.fill(0);
    talk.warn(`The recovery key is in "${file}": take it off this machine`);
    return;
  }
  const written = await talk.prompts?.showOnce(
    "Recovery key, shown once and kept nowhere. Keep it apart from this machine",
    identity.secret,
    "Is it written down?",
  );
  if (written) return;
  throw new RefusedError(
    "Nothing was written: the recovery key was not written down",
    "run this again, or leave it out with --no-recovery",
    "recovery_not_kept",
  );
}
