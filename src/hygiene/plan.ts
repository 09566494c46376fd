import { type Ground, groundOf } from "../platform/devices.ts";
import { listFolder, realPath } from "../platform/files.ts";
import { HeldFile, type Standing, standingAt } from "../platform/held_file.ts";
import { type Outlook, outlook, passesFor } from "./claims.ts";
import { type ShredFault, ShredRefusedError } from "./errors.ts";

/** A file that is going to be destroyed. */
export interface Target {
  /** As it was named. */
  readonly file: string;
  /** Absolute, without links. */
  readonly path: string;
  readonly standing: Standing;
  readonly ground: Ground;
  readonly outlook: Outlook;
  readonly passes: number;
}

/** What is going to happen, found out before anything does. */
export interface ShredPlan {
  readonly targets: readonly Target[];
  /** Links inside folders: they are removed, what they lead to is left alone. */
  readonly links: readonly string[];
  /** Folders that are removed when they are empty, innermost first. */
  readonly folders: readonly string[];
}

export interface PlanOptions {
  readonly cwd: string;
  readonly mountinfo: string | undefined;
  /** Folders with all that is in them. */
  readonly recursive: boolean;
  /** Also read-only files, secrets files and identities. */
  readonly force: boolean;
  /** Also files that have more names than this one. */
  readonly hardLinks: boolean;
  /** Overwrites and leaves the file. */
  readonly keep: boolean;
  readonly passes?: number;
}

/**
 * Looks at all files that are to be destroyed, and changes nothing.
 *
 * @param files as the user named them
 * @throws {ShredRefusedError} with every file that is refused
 * @throws {FileError}
 */
export async function planShred(
  files: readonly string[],
  options: PlanOptions,
): Promise<ShredPlan> {
  const faults: { file: string; fault: ShredFault }[] = [];
  const targets = new Map<string, Target>();
  const links: string[] = [];
  const folders: string[] = [];

  const visit = async (file: string, inside: boolean): Promise<void> => {
    const named = file.startsWith("/") ? file : `${options.cwd}/${file}`;
    const standing = standingAt(named.replace(/(?<=.)\/+$/, ""));
    if (standing?.kind === "folder" && options.recursive) {
      for (const { name } of listFolder(named).sort((a, b) => a.name < b.name ? -1 : 1)) {
        await visit(`${file.replace(/\/+$/, "")}/${name}`, true);
      }
      folders.push(named);
    } else if (standing?.kind === "link" && inside) {
      links.push(named);
    } else {
      const fault = refusal(named, standing, options);
      if (fault) faults.push({ file, fault });
      else if (standing) {
        const path = realPath(named);
        if (!targets.has(path)) targets.set(path, await target(file, path, standing, options));
      }
    }
  };
  for (const file of files) await visit(file, false);
  if (faults.length) throw new ShredRefusedError(faults);
  return { targets: [...targets.values()], links, folders };
}

async function target(
  file: string,
  path: string,
  standing: Standing,
  options: PlanOptions,
): Promise<Target> {
  const ground = await groundOf(path, standing.device, options.mountinfo);
  const prospect = outlook(ground, standing);
  const passes = passesFor(standing.size, prospect, options.passes);
  return {
    file,
    path,
    standing,
    ground,
    outlook: prospect,
    // A file that stays must at least read differently, wherever the new bytes go.
    passes: options.keep ? Math.max(1, passes) : passes,
  };
}

/** Why a path is not destroyed, or nothing. */
function refusal(
  path: string,
  standing: Standing | undefined,
  options: PlanOptions,
): ShredFault | undefined {
  if (standing === undefined) return { reason: "absent" };
  const { kind, names, mode, target = "" } = standing;
  if (kind === "link") return { reason: "link", target };
  if (kind === "folder") return { reason: "folder" };
  if (kind !== "file") return { reason: "no file", kind };
  if (names > 1 && !options.hardLinks) return { reason: "more names", names };
  if (options.force) return undefined;
  const what = precious(path);
  if (what) return { reason: "precious", what };
  return mode & 0o200 ? undefined : { reason: "read-only" };
}

/** Whether losing a file would lose secrets for good. */
function precious(path: string): "secrets file" | "identity" | undefined {
  using file = HeldFile.open(path, { write: false });
  const head = new Uint8Array(1024 * 1024);
  const text = new TextDecoder("latin1").decode(head.subarray(0, file.read(0, head)));
  if (/^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]{20}/m.test(text)) return "identity";
  return /\bENC\[AES256_GCM,data:/.test(text) ? "secrets file" : undefined;
}
