import { ProgramError } from "../../platform/errors.ts";
import { type Ended, run } from "../../platform/processes.ts";

/** Git said no, or is not there. */
export class GitError extends Error {
  override name = "GitError";
  /**
   * @param args what git was asked
   * @param code its exit code; nothing where it could not be started
   * @param said the first line of its diagnostics
   */
  constructor(readonly args: readonly string[], readonly code?: number, readonly said = "") {
    super(`git ${args.join(" ")}: ${code ?? "absent"}`);
  }
}

/**
 * Runs git in a folder, to its end.
 *
 * @throws {GitError} when there is no git
 */
export async function tryGit(
  folder: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<Ended> {
  try {
    return await run("git", args, { cwd: folder, ...(stdin ? { stdin } : {}) });
  } catch (error) {
    if (error instanceof ProgramError) throw new GitError(args);
    throw error;
  }
}

/**
 * What git answers.
 *
 * @throws {GitError} when it ends with another exit code than 0
 */
export async function askGit(
  folder: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { code, stdout, stderr } = await tryGit(folder, args, stdin);
  if (code !== 0) throw new GitError(args, code, textOf(stderr).split("\n")[0]);
  return stdout;
}

/** The same as text, without the line end; nothing where git ends with another exit code than 0. */
export async function gitText(
  folder: string,
  args: readonly string[],
): Promise<string | undefined> {
  const { code, stdout } = await tryGit(folder, args);
  return code === 0 ? textOf(stdout).replace(/\n$/, "") : undefined;
}

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Where a repository is. */
export interface Repository {
  /** The root of the work tree; absent in a bare one. */
  readonly root?: string;
  /** What belongs to this work tree alone, absolute. */
  readonly gitFolder: string;
  /** What all work trees share, absolute: `config`, `hooks`. */
  readonly commonFolder: string;
}

/**
 * The repository around a folder.
 *
 * @returns nothing where there is none
 * @throws {GitError} when there is no git
 */
export async function repositoryAround(folder: string): Promise<Repository | undefined> {
  const args = ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"];
  const folders = await gitText(folder, args);
  if (folders === undefined) return undefined;
  const [gitFolder = "", commonFolder = ""] = folders.split("\n");
  const root = await gitText(folder, ["rev-parse", "--show-toplevel"]);
  return { gitFolder, commonFolder, ...(root ? { root } : {}) };
}

/** A file as git keeps it. */
export interface Entry {
  /** Relative to the root of the work tree, with "/". */
  readonly path: string;
  readonly object: string;
}

/**
 * The content of objects, in one go.
 *
 * @param objects their names
 */
export async function readObjects(
  folder: string,
  objects: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  if (objects.length === 0) return found;
  const asked = [...new Set(objects)];
  const answer = await askGit(
    folder,
    ["cat-file", "--batch"],
    new TextEncoder().encode(`${asked.join("\n")}\n`),
  );
  let at = 0;
  for (const object of asked) {
    const end = answer.indexOf(10, at);
    const head = textOf(answer.subarray(at, end)).match(/^[0-9a-f]+ blob (\d+)$/);
    at = end + 1;
    if (!head) continue;
    const size = Number(head[1]);
    found.set(object, answer.slice(at, at + size));
    at += size + 1;
  }
  return found;
}
