import { ProgramError } from "../platform/errors.ts";
import { splitPath } from "../platform/paths.ts";
import { type Ended, run } from "../platform/processes.ts";

/**
 * Tells git of new files without their content (`git add -N`), because a flake does not see what
 * git does not know.
 *
 * @param folder absolute, where the question is asked
 * @param files absolute
 * @returns `added`; `no repository` where there is none, or no git; else why git refused
 */
export async function addIntent(
  folder: string,
  files: readonly string[],
): Promise<"added" | "no repository" | { readonly refused: string }> {
  if ((await git(folder, ["rev-parse", "--is-inside-work-tree"]))?.code !== 0) {
    return "no repository";
  }
  const ended = await git(folder, ["add", "-N", "--", ...files]);
  if (ended?.code === 0) return "added";
  return { refused: firstLine(ended?.stderr) };
}

/**
 * Whether git keeps a file, so that its history has what the file held, and a flake sees it.
 *
 * @param file absolute
 * @param env the environment of git; ours unless given
 * @returns `no repository` also where there is no git
 */
export async function standingInGit(
  file: string,
  env?: Readonly<Record<string, string>>,
): Promise<"tracked" | "untracked" | "no repository"> {
  const { folder, name } = splitPath(file);
  const ended = await git(folder, ["ls-files", "--error-unmatch", "--", name], env);
  return ended?.code === 0 ? "tracked" : ended?.code === 1 ? "untracked" : "no repository";
}

/** Why nobody knows what the last commit has of a file. */
export type NotCommitted =
  | { readonly why: "no git" | "no repository" | "no commit" }
  /** Git does not tell, for a reason of its own. */
  | { readonly why: "git refused"; readonly reason: string };

/**
 * A file as the last commit has it.
 *
 * @param file absolute
 */
export async function committed(file: string): Promise<Uint8Array<ArrayBuffer> | NotCommitted> {
  const { folder, name } = splitPath(file);
  const inside = await git(folder, ["rev-parse", "--is-inside-work-tree"]);
  if (inside === undefined) return { why: "no git" };
  if (inside.code !== 0) {
    // Somebody else's repository is one, and git does not look into it.
    const reason = firstLine(inside.stderr).replace(/^fatal: /, "");
    return /not a git repository/i.test(reason)
      ? { why: "no repository" }
      : { why: "git refused", reason };
  }
  const ended = await git(folder, ["show", `HEAD:./${name}`]);
  return ended?.code === 0 ? ended.stdout : { why: "no commit" };
}

/** The root of the working tree around a folder, if there is one. */
export async function repositoryRoot(folder: string): Promise<string | undefined> {
  const ended = await git(folder, ["rev-parse", "--show-toplevel"]);
  return ended?.code === 0 ? new TextDecoder().decode(ended.stdout).trim() : undefined;
}

async function git(
  folder: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Ended | undefined> {
  try {
    return await run("git", ["-C", folder, ...args], env ? { env } : {});
  } catch (error) {
    // Without git there is no repository to speak of.
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

function firstLine(bytes: Uint8Array = new Uint8Array()): string {
  return new TextDecoder().decode(bytes).split("\n")[0]!.trim();
}
