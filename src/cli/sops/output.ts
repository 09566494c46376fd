import { FileError } from "../../platform/errors.ts";
import { realPath, replaceFile, type Snapshot } from "../../platform/files.ts";
import { absolute, parentOf } from "../../platform/paths.ts";
import { writeToDevice } from "../../platform/sinks.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import {
  fileSystemOf,
  fileSystemTypeByStatfs,
  isMemoryBacked,
  parseMountinfo,
} from "../../platform/mounts.ts";
import { statIfThere } from "../../platform/optional.ts";
import type { Context } from "../command.ts";
import { withCleanup } from "../signals.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import type { Request } from "./request.ts";

/** Where the result of `encrypt` and `decrypt` goes. */
export type Target = "stdout" | { readonly path: string; readonly inPlace: boolean };

/** `--in-place`, `--output FILE`, else standard output. */
export function targetOf(context: Context, { file, flags }: Request): Target {
  if (flags.bool("in-place") && file !== undefined) return { path: file, inPlace: true };
  const output = flags.text("output");
  if (output === "" || output === "/dev/stdout") return "stdout";
  return { path: absolute(output, context.cwd), inPlace: false };
}

/** Whether it goes to a terminal, a pipe or the like, where somebody reads it at once. */
export function isDevice({ path }: Exclude<Target, "stdout">): boolean {
  const info = statIfThere(path);
  return info !== undefined && !info.isFile && path !== "/dev/null";
}

/**
 * Makes sure that plaintext goes to no disk.
 *
 * @throws {SopsExit} 77
 */
export async function requireMemory(context: Context, target: Target): Promise<void> {
  if (target === "stdout") return;
  const { path } = target;
  const info = statIfThere(path);
  if (info && !info.isFile) return;
  const folder = statIfThere(parentOf(path));
  // What cannot be written at all is said when it is written.
  if (!folder) return;
  const real = realPath(path);
  const type = context.mountinfo === undefined
    ? await fileSystemTypeByStatfs(parentOf(real))
    : fileSystemOf(real, parseMountinfo(context.mountinfo), info?.dev ?? folder.dev)?.type;
  if (type !== undefined && isMemoryBacked(type)) return;
  throw new SopsExit(
    sopsCodes.refused,
    `Refused to write plaintext to "${path}": it is on a disk (${type ?? "unknown"})`,
    "write it to a memory-backed folder, such as $XDG_RUNTIME_DIR, or pipe it on",
  );
}

export interface WriteOptions {
  /** The file as it was read, where it is replaced by what was made of it. */
  readonly expect?: Snapshot;
  /** Of a file that is new. */
  readonly mode: number;
}

/**
 * Does something with a file and writes the result. A file that is changed in place belongs to us
 * from before it is read: others that change it wait. A signal leaves the old file or the new one.
 *
 * @param work gets what writes
 */
export async function withTarget(
  context: Context,
  target: Target,
  work: (write: (bytes: Uint8Array, options: WriteOptions) => Promise<void>) => Promise<void>,
): Promise<void> {
  if (target === "stdout" || !target.inPlace) {
    return await work((bytes, options) => writeResult(context, target, bytes, options));
  }
  const path = realPath(target.path);
  await withCleanup(
    () => {},
    () =>
      withDirectoryLock(parentOf(path), () =>
        work((bytes, { expect }) => {
          replaceFile(path, bytes, expect ? { expect } : {});
          return Promise.resolve();
        })),
  );
}

/** Writes the result. A file is replaced whole. */
export async function writeResult(
  context: Context,
  target: Target,
  bytes: Uint8Array,
  { expect, mode }: WriteOptions,
): Promise<void> {
  if (target === "stdout") return context.terminal.out(bytes);
  const info = statIfThere(target.path);
  if (info && !info.isFile) return writeToDevice(target.path, bytes);
  if (!statIfThere(parentOf(target.path))) {
    throw new FileError("write", target.path, "ENOENT");
  }
  const path = realPath(target.path);
  await withDirectoryLock(
    parentOf(path),
    () => replaceFile(path, bytes, expect ? { expect } : info ? {} : { mode }),
  );
}
