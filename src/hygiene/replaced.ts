import { type Ground, groundOf } from "../platform/devices.ts";
import { FileError } from "../platform/errors.ts";
import { HeldFile, standingAt } from "../platform/held_file.ts";
import { type Claim, type Outlook, outlook, passesFor } from "./claims.ts";
import { overwrite, type OverwriteOptions } from "./overwrite.ts";

/** What became of the content that a file had before it was replaced. */
export interface Buried {
  readonly claim: Claim;
  /** Why the claim is less than `overwritten`. */
  readonly reason?: string;
}

/** What can be done about the old content of a file, found out before it is replaced. */
export interface Replaceable {
  /** Absolute, without links. */
  readonly path: string;
  readonly ground: Ground;
  readonly outlook: Outlook;
  readonly passes: number;
}

/**
 * Looks at a file that is going to be replaced. Takes all permissions, or knows less.
 *
 * @param path absolute, without links; the file is there
 */
export async function lookAtOld(path: string, mountinfo: string | undefined): Promise<Replaceable> {
  const standing = standingAt(path)!;
  const ground = await groundOf(path, standing.device, mountinfo);
  const prospect = outlook(ground, standing);
  return { path, ground, outlook: prospect, passes: passesFor(standing.size, prospect, undefined) };
}

/**
 * Replaces a file and overwrites what the old one held. The old file stays open meanwhile: the
 * new one is in place, whole, before the old one is touched, and the blocks that lost their name
 * then are the ones that are overwritten.
 *
 * @param replace puts the new file in the place of the old one
 * @throws whatever `replace` throws; the old file is then as it was
 * @throws {FileError} when the old one could not be overwritten; the new one is in place
 */
export function replaceAndOverwrite(
  old: Replaceable,
  replace: () => void,
  random: OverwriteOptions["random"],
): Buried {
  using held = openIfWritable(old.path);
  replace();
  if (held === undefined) {
    return { claim: "not possible here", reason: "the old file was read-only" };
  }
  const { claim, reason } = old.outlook;
  const { names } = held.info();
  if (names > 0) {
    return { claim: "not possible here", reason: "the old file has another name (hard link)" };
  }
  if (old.passes === 0) return { claim, ...(reason ? { reason } : {}) };
  const { disturbed } = overwrite(held, { passes: old.passes, random });
  if (disturbed) return { claim: "best effort", reason: "another process wrote into the old file" };
  return { claim, ...(reason ? { reason } : {}) };
}

/** The folder may allow to replace a file that does not allow to be written. */
function openIfWritable(path: string): HeldFile | undefined {
  try {
    return HeldFile.open(path, { write: true });
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
