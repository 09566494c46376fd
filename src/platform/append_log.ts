import { FileError, LogFileError, systemCode } from "./errors.ts";
import { makeFolder, readFile } from "./files.ts";
import { join, parentOf, splitPath, upward } from "./paths.ts";

/** How a log is kept. */
export interface LogPlace {
  /** `…/credsmith/actions.jsonl`; its folder is made with mode 0700. */
  readonly path: string;
  /** Whose it has to be. */
  readonly uid: number;
  /** Bytes from which on the next line begins a new file. */
  readonly fullAt: number;
  readonly now: () => Temporal.Instant;
}

/**
 * Appends a line to a log, with one write at the end of the file (`O_APPEND`), so that lines of
 * processes side by side do not mix. One that is killed leaves a whole line or none, but for one that
 * stands over two pages of memory, which the kernel may cut there; the next line begins a line all
 * the same. The file is made with mode 0600; one that others could have made, or can read, is not
 * written.
 *
 * A file that is full keeps its lines under another name, with the time in it; nothing is removed.
 *
 * @param line without a line end
 * @throws {LogFileError} where the file or its folder is not as it should be
 * @throws {FileError} `create`, `write`
 */
export function appendLine(line: string, place: LogPlace): void {
  const { path, uid, fullAt } = place;
  const folder = parentOf(path);
  if (lstat(folder) === undefined) {
    checkGround(folder, uid);
    makeFolder(folder, 0o700);
  }
  checkFolder(folder, uid);
  const before = lstat(path);
  if (before) checkFile(path, before, uid);
  if (before && before.size >= fullAt) putAside(place, folder, before);
  attempt(path, () => {
    using file = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
    const info = file.statSync();
    // The name may have become a link since it was looked at; or another file's, where another
    // process has put this one aside, which is where the line belongs then as well.
    if (lstat(path)?.isSymlink) throw new LogFileError(path, "link");
    checkFile(path, info, uid);
    // What a full disk cut off must not take the next line with it.
    const start = endsOpen(file, info.size) ? "\n" : "";
    const bytes = new TextEncoder().encode(`${start}${line}\n`);
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  });
}

/**
 * The texts of a log and of the files that were put aside, the oldest first.
 *
 * @throws {LogFileError} where a file or the folder is not as it should be
 * @throws {FileError} `read`, `list`
 */
export function readLog({ path, uid }: Pick<LogPlace, "path" | "uid">): readonly {
  readonly file: string;
  readonly text: string;
}[] {
  const { folder, name } = splitPath(path);
  if (lstat(folder) === undefined) return [];
  checkFolder(folder, uid);
  const names = attempt(folder, () => [...Deno.readDirSync(folder)].map((entry) => entry.name));
  const aside = names.filter((each) => asideOf(name).test(each)).sort();
  const found = names.includes(name) ? [...aside, name] : aside;
  return found.map((each) => {
    const file = join(folder, each);
    const info = lstat(file);
    if (info) checkFile(file, info, uid);
    return { file, text: new TextDecoder().decode(readFile(file).bytes) };
  });
}

/** Gives a full file another name, once: another process may be about to do the same. */
function putAside(place: LogPlace, folder: string, full: Deno.FileInfo): void {
  const { path, now } = place;
  attempt(path, () => {
    using lock = Deno.openSync(folder);
    if (!lock.tryLockSync(true)) return;
    const current = lstat(path);
    if (!current || !sameFile(current, full)) return;
    const time = now().toString({ smallestUnit: "millisecond" }).replaceAll(/[-:.]/g, "");
    const other = join(folder, splitPath(path).name.replace(/(\.\w+)?$/, `-${time}$1`));
    if (lstat(other) === undefined) Deno.renameSync(path, other);
  });
}

/** What the files are called that were put aside. */
function asideOf(name: string): RegExp {
  const [, stem = name, end = ""] = name.match(/^(.*?)(\.\w+)?$/) ?? [];
  const quote = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${quote(stem)}-\\d{8}T\\d{9}Z${quote(end)}$`);
}

/** What root makes in somebody's home (`sudo -E`) would keep them out for good. */
function checkGround(folder: string, uid: number): void {
  if (uid !== 0) return;
  const ground = upward(folder).map((path) => ({ path, info: lstat(path) }))
    .find(({ info }) => info !== undefined);
  if (ground && ground.info!.uid !== 0) throw new LogFileError(ground.path, "owner");
}

function checkFolder(path: string, uid: number): void {
  const info = attempt(path, () => Deno.statSync(path));
  if (!info.isDirectory) throw new LogFileError(path, "not a folder");
  if (info.uid !== null && info.uid !== uid) throw new LogFileError(path, "owner");
  if ((info.mode ?? 0) & 0o022) throw new LogFileError(path, "mode");
}

function checkFile(path: string, info: Deno.FileInfo, uid: number): void {
  if (info.isSymlink) throw new LogFileError(path, "link");
  if (!info.isFile) throw new LogFileError(path, "not a file");
  if (info.uid !== null && info.uid !== uid) throw new LogFileError(path, "owner");
  if ((info.nlink ?? 1) > 1) throw new LogFileError(path, "link");
  if ((info.mode ?? 0) & 0o077) throw new LogFileError(path, "mode");
}

function sameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function endsOpen(file: Deno.FsFile, size: number): boolean {
  if (size === 0) return false;
  const last = new Uint8Array(1);
  file.seekSync(-1, Deno.SeekMode.End);
  return file.readSync(last) === 1 && last[0] !== 0x0a;
}

function lstat(path: string): Deno.FileInfo | undefined {
  return attempt(path, () => {
    try {
      return Deno.lstatSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FileError || error instanceof LogFileError) throw error;
    throw new FileError("write", path, systemCode(error));
  }
}
