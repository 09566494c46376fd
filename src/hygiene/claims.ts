import type { Ground } from "../platform/devices.ts";

/** How far the old content of a file is gone. */
export type Claim =
  /** The file system put the new bytes where the old ones were. */
  | "overwritten"
  /** They were put there as far as we can see, and there may be copies. */
  | "best effort"
  /** The file system writes elsewhere; only the name is gone. */
  | "not possible here";

/** A claim as programs read it. */
export function claimWord(claim: Claim): string {
  return claim === "not possible here" ? "not_possible" : claim.replace(" ", "_");
}

/** What overwriting can do to one file. */
export interface Outlook {
  readonly claim: Claim;
  /** Whether overwriting does anything. */
  readonly overwrite: boolean;
  /** The content was never on a disk. */
  readonly memory: boolean;
  /** Why, in words, where the claim is less than `overwritten`. */
  readonly reason?: string;
}

/** Write in place, with a journal of metadata only. */
const inPlace: ReadonlySet<string> = new Set([
  "ext2",
  "ext3",
  "ext4",
  "xfs",
  "jfs",
  "vfat",
  "msdos",
  "exfat",
  "minix",
  "ufs",
  "hfs",
  "hfsplus",
]);

/** Write every block somewhere else. */
const elsewhere: ReadonlySet<string> = new Set([
  "btrfs",
  "zfs",
  "bcachefs",
  "f2fs",
  "nilfs2",
  "apfs",
  "refs",
  "ubifs",
  "jffs2",
  "yaffs2",
  "logfs",
]);

/** Below this size btrfs keeps content in its tree, which is always written elsewhere. */
const btrfsInline = 4096;

/**
 * What overwriting a file can do, from the ground that it stands on. What a drive's own controller
 * keeps, and what copies made as reflinks share, cannot be seen from here.
 *
 * @param file its size and what is allocated to it, in bytes
 */
export function outlook(
  ground: Ground,
  file: { readonly size: number; readonly allocated: number },
): Outlook {
  const { type, options, mapping } = ground;
  if (type === "tmpfs" || type === "ramfs") {
    return { claim: "overwritten", overwrite: true, memory: true };
  }
  if (elsewhere.has(type)) {
    if (type === "btrfs" && options.includes("nodatacow") && file.size >= btrfsInline) {
      return bestEffort("btrfs with nodatacow: a snapshot keeps the old blocks");
    }
    return {
      claim: "not possible here",
      overwrite: false,
      memory: false,
      reason: `${type} writes new bytes elsewhere and keeps the old ones`,
    };
  }
  if (!inPlace.has(type)) {
    return bestEffort(`where ${named(type)} writes cannot be seen from here`);
  }
  if (type === "ext3" || type === "ext4") {
    if (options.includes("data=journal")) {
      return bestEffort(`${type} with data=journal: the journal has copies`);
    }
    // Content that is stored in the inode goes through the journal with it.
    if (file.size > 0 && file.allocated < 1024) {
      return bestEffort(`${type} keeps it in the inode: the journal has copies`);
    }
  }
  if (mapping?.startsWith("LVM-")) {
    return bestEffort("LVM: a snapshot keeps the old blocks");
  }
  return { claim: "overwritten", overwrite: true, memory: false };
}

function bestEffort(reason: string): Outlook {
  return { claim: "best effort", overwrite: true, memory: false, reason };
}

function named(type: string): string {
  return type.startsWith("0x") ? `a file system of type ${type}` : type;
}

/** Files up to this size get many passes, unless told. */
const smallFile = 1024 * 1024;

/** How often a file is overwritten: ten times up to 1 MiB, once above, once in memory. */
export function passesFor(size: number, outlook: Outlook, asked: number | undefined): number {
  if (!outlook.overwrite) return 0;
  return asked ?? (outlook.memory || size > smallFile ? 1 : 10);
}
