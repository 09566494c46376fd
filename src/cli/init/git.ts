import { ProgramError } from "../../platform/errors.ts";
import { parentOf } from "../../platform/paths.ts";
import { type Ended, run } from "../../platform/processes.ts";

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
  if ((await git(folder, "rev-parse", "--is-inside-work-tree"))?.code !== 0) {
    return "no repository";
  }
  const ended = await git(folder, "add", "-N", "--", ...files);
  if (ended?.code === 0) return "added";
  return { refused: firstLine(ended?.stderr) };
}

/** Whether git keeps a file, so that its history has what the file held. */
export async function isTracked(file: string): Promise<boolean> {
  const ended = await git(parentOf(file), "ls-files", "--error-unmatch", "--", file);
  return ended?.code === 0;
}

/** The root of the working tree around a folder, if there is one. */
export async function repositoryRoot(folder: string): Promise<string | undefined> {
  const ended = await git(folder, "rev-parse", "--show-toplevel");
  return ended?.code === 0 ? new TextDecoder().decode(ended.stdout).trim() : undefined;
}

async function git(folder: string, ...args: readonly string[]): Promise<Ended | undefined> {
  try {
    return await run("git", ["-C", folder, ...args]);
  } catch (error) {
    // Without git there is no repository to speak of.
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

function firstLine(bytes: Uint8Array = new Uint8Array()): string {
  return new TextDecoder().decode(bytes).split("\n")[0]!.trim();
}
