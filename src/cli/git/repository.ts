import { ProgramError } from "../../platform/errors.ts";
import { type Ended, run } from "../../platform/processes.ts";
import { RefusedError, UsageError } from "../errors.ts";

/**
 * Runs git in a folder, to its end.
 *
 * @throws {UsageError} when there is no git
 */
export async function tryGit(
  folder: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<Ended> {
  try {
    return await run("git", args, { cwd: folder, ...(stdin ? { stdin } : {}) });
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw new UsageError("Cannot ask git: there is none on PATH", undefined, "no_git");
  }
}

/**
 * What git answers.
 *
 * @throws {RefusedError} when it ends with another exit code than 0
 */
export async function askGit(
  folder: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { code, stdout, stderr } = await tryGit(folder, args, stdin);
  if (code !== 0) throw refusal(args, stderr);
  return stdout;
}

function refusal(args: readonly string[], stderr: Uint8Array): RefusedError {
  const [said = ""] = textOf(stderr).split("\n");
  return new RefusedError(
    `Git refused "git ${args.slice(0, 2).join(" ")}"${said ? `: ${said}` : ""}`,
    undefined,
    "git_refused",
  );
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
 * @throws {RefusedError} when git does not open it, because it is somebody else's
 */
export async function repositoryAround(folder: string): Promise<Repository | undefined> {
  const args = ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"];
  const { code, stdout, stderr } = await tryGit(folder, args);
  if (code !== 0) {
    if (textOf(stderr).includes("not a git repository")) return undefined;
    throw refusal(args, stderr);
  }
  const [gitFolder = "", commonFolder = ""] = textOf(stdout).split("\n");
  const root = await gitText(folder, ["rev-parse", "--show-toplevel"]);
  return { gitFolder, commonFolder, ...(root ? { root } : {}) };
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
