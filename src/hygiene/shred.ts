import { ConflictError, FileError } from "../platform/errors.ts";
import { remove } from "../platform/files.ts";
import { HeldFile, makeWritable, removeName } from "../platform/held_file.ts";
import { baseName } from "../platform/paths.ts";
import type { Claim } from "./claims.ts";
import { overwrite, type OverwriteOptions } from "./overwrite.ts";
import type { ShredPlan, Target } from "./plan.ts";

/** What became of one file. */
export interface Shredded {
  readonly file: string;
  readonly claim: Claim;
  /** Why the claim is less than `overwritten`, or what else is to be said. */
  readonly reason?: string;
  /** `ext4`, `btrfs`. */
  readonly fileSystem: string;
  readonly passes: number;
  /** Bytes that one pass wrote. */
  readonly bytes: number;
  readonly removed: boolean;
  /** The system's code, where it did not let the name go although the content is destroyed. */
  readonly refusal?: string;
}

export interface ShredOptions {
  readonly keep: boolean;
  readonly random: OverwriteOptions["random"];
  readonly progress?: (file: string, done: number, all: number) => void;
}

/**
 * Destroys one file: overwrites it where that does anything, takes its name away, truncates and
 * removes it. Until the last pass is on the device the file keeps its name.
 *
 * @throws {ConflictError} when another file stands there by now
 * @throws {FileError}
 */
export function shred(target: Target, options: ShredOptions): Shredded {
  const { file, path, standing, ground, outlook, passes } = target;
  if (!(standing.mode & 0o200)) makeWritable(path, standing.mode);
  using held = HeldFile.open(path, { write: true });
  const now = held.info();
  if (now.inode !== standing.inode || now.device !== standing.device) {
    throw new ConflictError(path, "changed");
  }
  const done = passes === 0 ? { passes: 0, bytes: 0, disturbed: false } : overwrite(held, {
    passes,
    keepSize: options.keep,
    random: options.random,
    progress: (part, all) => options.progress?.(file, part, all),
  });
  const result = { file, fileSystem: ground.type, passes: done.passes, bytes: done.bytes };
  if (done.disturbed) {
    const reason = "another process keeps writing into it";
    return { ...result, claim: "best effort", reason, removed: false };
  }
  const { claim, reason } = outlook;
  if (options.keep) return { ...result, claim, reason, removed: false };
  try {
    removeName(path, randomName(path, options.random), () => {
      // Other names of the file keep the random bytes, and with them the size.
      if (now.names === 1) held.truncate(0);
      held.sync();
    });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { ...result, claim, reason, removed: false, refusal: error.code };
  }
  return { ...result, claim, reason, removed: true };
}

/** Removes what is left of folders: links, and the folders themselves where they are empty. */
export function removeShells(plan: ShredPlan): void {
  for (const path of [...plan.links, ...plan.folders]) remove(path);
}

/** A name of the same length in bytes, of letters and digits. */
function randomName(path: string, random: (length: number) => Uint8Array): string {
  const letters = "abcdefghijklmnopqrstuvwxyz012345";
  const length = new TextEncoder().encode(baseName(path)).length;
  return [...random(length)].map((byte) => letters[byte % letters.length]).join("");
}
