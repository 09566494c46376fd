/** One mount, as the kernel lists it. */
export interface Mount {
  readonly id: number;
  /** The mount that this one stands on; of the root, one that is not in the list. */
  readonly parent: number;
  /** Device number as `stat` gives it in `dev`. */
  readonly device: number;
  /** The part of the file system that is mounted; not `/` for a bind mount. */
  readonly root: string;
  /** Where it is mounted. */
  readonly point: string;
  /** `ext4`, `tmpfs`, `overlay`. */
  readonly type: string;
  /** What is mounted: a device, or any word. */
  readonly source: string;
  /** Options of the mount and of the file system, `rw`, `noswap`, `data=journal`. */
  readonly options: readonly string[];
}

/** What a path lies on. */
export interface FileSystem extends Mount {
  /** Whether its files live in memory only (tmpfs may be swapped out unless mounted `noswap`). */
  readonly memoryBacked: boolean;
}

// devtmpfs is a tmpfs too, but everybody's device nodes are no place for secrets.
const inMemory: ReadonlySet<string> = new Set(["tmpfs", "ramfs"]);

/**
 * @param text `/proc/self/mountinfo`; lines that are not its format are left out
 * @returns the mounts, in the order in which they were made
 * @see proc_pid_mountinfo(5)
 */
export function parseMountinfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const [left, right] = divide(line, " - ");
    if (right === undefined) continue;
    const [id, parent, numbers = "", root = "", point = "", options = ""] = left.split(" ");
    const [type = "", source = "", superOptions = ""] = right.split(" ");
    const [major, minor] = numbers.split(":").map(Number);
    if (!point.startsWith("/") || major === undefined || minor === undefined) continue;
    mounts.push({
      id: Number(id),
      parent: Number(parent),
      device: deviceNumber(major, minor),
      root: unescapeOctal(root),
      point: unescapeOctal(point),
      type,
      source: unescapeOctal(source),
      options: [...options.split(","), ...superOptions.split(",")].filter(Boolean).map(
        unescapeOctal,
      ),
    });
  }
  return mounts;
}

/**
 * Finds what a path lies on, by walking it from the root mount down: at each step the mount that
 * the walk meets first. So a mount hides what was mounted below its point before, and of two at one
 * point the upper one counts, in whatever order they are listed. Where the device is given and says
 * otherwise, the device is believed.
 *
 * @param path absolute, without links (`realPath`)
 * @param device `dev` of the path from stat; btrfs gives subvolumes numbers that no mount has
 * @returns nothing when no mount covers the path
 */
export function fileSystemOf(
  path: string,
  mounts: readonly Mount[],
  device?: number,
): FileSystem | undefined {
  const covering = mounts.filter(({ point }) =>
    point === "/" || path === point || path.startsWith(`${point}/`)
  );
  const known = new Set(mounts.map(({ id }) => id));
  let found = shortest(covering.filter(({ id, parent }) => !known.has(parent) || parent === id));
  const passed = new Set<Mount>();
  for (let next = found; next !== undefined && !passed.has(next);) {
    found = next;
    passed.add(found);
    const { id } = found;
    next = shortest(covering.filter((mount) => mount.parent === id && !passed.has(mount)));
  }
  if (device !== undefined && found?.device !== device) {
    found = covering.findLast((mount) => mount.device === device) ?? found;
  }
  return found && { ...found, memoryBacked: isMemoryBacked(found.type) };
}

/** The mount with the shortest point; of several the last. */
function shortest(mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    if (!found || mount.point.length <= found.point.length) found = mount;
  }
  return found;
}

/** File systems by the number that statfs gives. */
const typeNumbers: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x01021994: "tmpfs",
  0x858458f6: "ramfs",
  0x9123683e: "btrfs",
  0x2fc12fc1: "zfs",
  0x794c7630: "overlay",
  0x58465342: "xfs",
  0x6969: "nfs",
  0x65735546: "fuse",
  0x4d44: "vfat",
};

/**
 * Asks the system what a path lies on, where there is no list of mounts. Loads `node:fs` (35 ms).
 *
 * @returns a name as in mountinfo, or the number in hexadecimal where we know no name
 */
export async function fileSystemTypeByStatfs(path: string): Promise<string> {
  const { statfsSync } = await import("node:fs");
  const type = Number(statfsSync(path).type) >>> 0;
  return typeNumbers[type] ?? `0x${type.toString(16)}`;
}

/** Whether files of that type of file system live in memory only. */
export function isMemoryBacked(type: string): boolean {
  return inMemory.has(type);
}

/** Linux's encoding of a device in `st_dev`. @see makedev(3) */
function deviceNumber(major: number, minor: number): number {
  const low = (minor & 0xff) | ((major & 0xfff) << 8);
  return low + (minor & ~0xff) * 2 ** 12 + Math.floor(major / 0x1000) * 2 ** 44;
}

/** The kernel writes space, tab, newline and backslash as `\040`; other bytes stand as they are. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

function divide(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
