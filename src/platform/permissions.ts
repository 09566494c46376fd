/** The kinds of permission that Deno knows; single paths and hosts cannot be revoked under `-A`. */
export type PermissionKind = "read" | "write" | "net" | "env" | "run" | "sys" | "ffi" | "import";

/** All kinds, those that are given up first first. */
export const everyPermission: readonly PermissionKind[] = [
  "ffi",
  "import",
  "run",
  "net",
  "sys",
  "write",
  "read",
  "env",
];

/**
 * Gives up every kind of permission but those named, for good. After the first one is gone Deno
 * refuses `/dev/shm`, `/proc`, `/dev/tty` and `/dev/stdin` by path, whatever is kept.
 *
 * @param kept what the rest of the process still needs
 */
export function revokeAllBut(kept: readonly PermissionKind[]): void {
  for (const name of everyPermission) {
    if (!kept.includes(name)) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
  }
}

/** Whether every one of these kinds is still held. */
export function holds(kinds: readonly PermissionKind[]): boolean {
  return kinds.every((name) =>
    Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state === "granted"
  );
}

/**
 * Takes memory that could hold secrets out of core dumps, on Linux; elsewhere does nothing.
 * Has to run while all permissions are held.
 *
 * @see core(5), /proc/pid/coredump_filter
 */
export function turnCoreDumpsOff(): void {
  if (Deno.build.os !== "linux") return;
  try {
    Deno.writeTextFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // Not there in some containers; nothing that can be done about it.
  }
}

/**
 * Whether Deno refuses a path once any permission was given up: what is below `/dev`, `/proc` or
 * `/sys`, as it is written or where its links lead. A file that is not there counts as where its
 * folder leads.
 *
 * @param path absolute, or relative to the working folder; may be no path at all
 */
export function isSpecialFile(path: string): boolean {
  if (isBelowSpecial(path)) return !/^\/dev\/null(\/|$)/.test(path);
  for (let at = path;;) {
    try {
      return isBelowSpecial(Deno.realPathSync(at));
    } catch (error) {
      const slash = at.lastIndexOf("/");
      if (!(error instanceof Deno.errors.NotFound) || slash <= 0) return false;
      at = at.slice(0, slash);
    }
  }
}

function isBelowSpecial(path: string): boolean {
  return /^\/(dev|proc|sys)(\/|$)/.test(path);
}

/**
 * Whether one of these is a special file. Asking the system for a name that is not there costs a
 * good part of a millisecond, so names are first looked for in the list of the working folder.
 *
 * @param paths absolute, or relative to the working folder; most may be no paths at all
 */
export function anySpecialFile(paths: readonly string[]): boolean {
  let here: Map<string, Deno.DirEntry> | undefined;
  return paths.some((path) => {
    const [first = ""] = path.split("/", 1);
    if (first === "" || first === "." || first === "..") return isSpecialFile(path);
    here ??= entriesHere();
    const entry = here?.get(first);
    const harmless = here && (entry === undefined || (first === path && !entry.isSymlink));
    return !harmless && isSpecialFile(path);
  });
}

/** What is in the working folder by name; nothing where it cannot be listed. */
function entriesHere(): Map<string, Deno.DirEntry> | undefined {
  try {
    return new Map([...Deno.readDirSync(".")].map((entry) => [entry.name, entry]));
  } catch {
    return undefined;
  }
}
