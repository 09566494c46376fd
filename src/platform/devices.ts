import { type FileSystem, fileSystemOf, fileSystemTypeByStatfs, parseMountinfo } from "./mounts.ts";
import { baseName } from "./paths.ts";

/** What is known of the ground that a file stands on. */
export interface Ground {
  /** `ext4`, `tmpfs`; a number in hexadecimal where no name is known. */
  readonly type: string;
  /** Options of the mount and of the file system, with those that are its defaults where known. */
  readonly options: readonly string[];
  /** The mapping below the file system (`LVM-…`, `CRYPT-LUKS2-…`), where it is one. */
  readonly mapping?: string;
  /** Memory that is written elsewhere each time, as SSDs have it; absent where nobody says. */
  readonly flash?: boolean;
}

/**
 * Finds out what a file stands on. Asks `/proc` and `/sys`, which Deno allows only while all
 * permissions are held; without them the options are those of the list of mounts.
 *
 * @param path absolute, without links
 * @param device `dev` of the file from stat
 * @param mountinfo the list of mounts, where the system has one
 */
export async function groundOf(
  path: string,
  device: number,
  mountinfo: string | undefined,
): Promise<Ground> {
  const mounted = mountinfo === undefined
    ? undefined
    : fileSystemOf(path, parseMountinfo(mountinfo), device);
  if (mounted === undefined) return { type: await fileSystemTypeByStatfs(path), options: [] };
  const node = nodeOf(mounted);
  const own = node && readOr(`/proc/fs/${mounted.type}/${node.name}/options`);
  return {
    type: mounted.type,
    options: [...new Set([...mounted.options, ...own?.split("\n").filter(Boolean) ?? []])],
    mapping: node && readOr(`${node.folder}/dm/uuid`)?.trim(),
    flash: node && flash(node.folder),
  };
}

/** The kernel's folder for the block device that is mounted. */
function nodeOf({ device }: FileSystem): { folder: string; name: string } | undefined {
  // The inverse of makedev(3).
  const major = Math.floor(device / 2 ** 8) & 0xfff;
  const minor = (device & 0xff) | (Math.floor(device / 2 ** 12) & 0xfff00);
  if (major === 0) return undefined;
  try {
    const folder = Deno.realPathSync(`/sys/dev/block/${major}:${minor}`);
    return { folder, name: baseName(folder) };
  } catch {
    return undefined;
  }
}

/** A partition has no queue of its own; its disk does. */
function flash(folder: string): boolean | undefined {
  const rotational = readOr(`${folder}/queue/rotational`) ??
    readOr(`${folder}/../queue/rotational`);
  return rotational === undefined ? undefined : rotational.trim() === "0";
}

function readOr(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // Absent, or refused after a permission was given up: then nobody knows.
    return undefined;
  }
}
