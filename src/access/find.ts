import { FileError, ProgramError } from "../platform/errors.ts";
import { isTemporary, kindOf, listFolder, readFileIfThere, realPath } from "../platform/files.ts";
import { absolute, join, parentOf } from "../platform/paths.ts";
import { run } from "../platform/processes.ts";
import { NothingThereError } from "./errors.ts";
import { globOf, type IgnoreRule, isGlob, isIgnored, parseIgnore } from "./patterns.ts";

/** A file that may be a secrets file. */
export interface Candidate {
  /** Absolute, as it was named or found. */
  readonly path: string;
  /** Where it really is. */
  readonly real: string;
  /** Whether it was named itself, rather than found in a folder or by a glob. */
  readonly named: boolean;
}

/**
 * The files that arguments mean: files themselves, folders with all that is in them, and globs. What
 * is found, rather than named, is not ignored by git, and no link. Git is asked where there is a
 * repository; elsewhere the `.gitignore` files are followed as git would.
 *
 * @param given files, folders and globs, absolute or relative to `cwd`
 * @returns each file once, sorted
 * @throws {NothingThereError} when nothing is there under one of them
 */
export async function findFiles(given: readonly string[], cwd: string): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  const add = (path: string) => {
    if (found.has(path) || isTemporary(path) || kindOf(path) !== "file") return;
    found.set(path, { path, real: path, named: false });
  };
  for (const each of given) {
    const path = absolute(each, cwd);
    const kind = kindOf(path);
    if (kind === "folder" || kind === "link" && kindOf(realPath(path)) === "folder") {
      for (const file of await filesBelow(realPath(path))) add(file);
    } else if (kind !== undefined) {
      found.set(realPath(path), { path, real: realPath(path), named: true });
    } else if (isGlob(each)) {
      const { folder, matches } = globOf(path);
      const before = found.size;
      const files = kindOf(folder) === undefined ? [] : await filesBelow(folder);
      for (const file of files) if (matches.test(file)) add(file);
      if (found.size === before && !files.some((file) => matches.test(file))) {
        throw new NothingThereError(each);
      }
    } else throw new NothingThereError(each);
  }
  return [...found.values()].sort((one, other) => one.path < other.path ? -1 : 1);
}

async function filesBelow(folder: string): Promise<string[]> {
  const listed = await git(folder, [
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  ]);
  return listed?.map((name) => join(folder, name)) ?? walk(folder);
}

/**
 * Which of these files git keeps, so that its history has what they held.
 *
 * @param files absolute, all in or below `folder`
 * @returns nothing where there is no repository
 */
export async function trackedFiles(folder: string): Promise<ReadonlySet<string> | undefined> {
  const listed = await git(folder, ["ls-files", "-z", "--cached"]);
  return listed && new Set(listed.map((name) => join(folder, name)));
}

/** @returns names from the folder; nothing where there is no repository, or no git */
async function git(folder: string, args: readonly string[]): Promise<string[] | undefined> {
  try {
    const { code, stdout } = await run("git", ["-C", folder, ...args]);
    if (code !== 0) return undefined;
    return new TextDecoder().decode(stdout).split("\0").filter((name) => name !== "");
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

interface Level {
  readonly folder: string;
  readonly rules: readonly IgnoreRule[];
}

function walk(folder: string, outer: readonly Level[] = levelsAbove(folder)): string[] {
  const levels = [...outer, ...levelOf(folder)];
  return listFolder(folder).flatMap(({ name, isDirectory, isFile }): string[] => {
    const path = join(folder, name);
    if (name === ".git" || isIgnored(levels, path, isDirectory)) return [];
    if (isDirectory) {
      try {
        return walk(path, levels);
      } catch (error) {
        // A folder that may not be listed is passed over, as git does.
        if (error instanceof FileError && error.operation === "list") return [];
        throw error;
      }
    }
    return isFile ? [path] : [];
  });
}

function levelOf(folder: string): Level[] {
  const file = readFileIfThere(join(folder, ".gitignore"));
  return file ? [{ folder, rules: parseIgnore(new TextDecoder().decode(file.bytes)) }] : [];
}

/** The rules of the folders above, up to where a `.sops.yaml` is: beyond is another project. */
function levelsAbove(folder: string): Level[] {
  const levels: Level[] = [];
  for (let at = folder; at !== "/" && kindOf(join(at, ".sops.yaml")) === undefined;) {
    at = parentOf(at);
    levels.unshift(...levelOf(at));
  }
  return levels;
}
