import { readFileIfThere } from "../../platform/files.ts";
import { join } from "../../platform/paths.ts";
import { gitText, type Repository, textOf } from "./repository.ts";

/** The commit whose changes git is bringing in. */
export interface OtherSide {
  /** Names of commits, as `git show` takes them. */
  readonly commit: string;
  readonly base?: string;
  /** What a person calls it: a branch, a commit. */
  readonly label: string;
}

const object = /^[0-9a-f]{40,64}$/;

/**
 * The commit that is being merged, picked or rebased, as far as git says so to a merge driver. Of a
 * stash, and of a single commit that is picked or reverted, it says nothing until a conflict is left.
 */
export async function otherSide(
  repository: Repository,
  env: Readonly<Record<string, string>>,
): Promise<OtherSide | undefined> {
  const heads = Object.entries(env).filter(([name]) => name.startsWith("GITHEAD_"));
  const [named] = heads;
  if (heads.length === 1 && named) {
    return await merged(repository, named[0].slice("GITHEAD_".length), named[1]);
  }
  const read = (name: string) => {
    const file = readFileIfThere(join(repository.gitFolder, name));
    return file && textOf(file.bytes).trim();
  };
  const step = read("rebase-merge/done")?.split("\n").at(-1)?.split(" ");
  if (step?.[1] && /^[0-9a-f]{7,64}$/.test(step[1])) {
    return { commit: step[1], base: `${step[1]}^`, label: step.slice(2).join(" ") || step[1] };
  }
  const merge = read("MERGE_HEAD");
  if (merge && object.test(merge)) return await merged(repository, merge, merge.slice(0, 7));
  for (const name of ["CHERRY_PICK_HEAD", "REBASE_HEAD"]) {
    const picked = read(name);
    if (picked && object.test(picked)) {
      return { commit: picked, base: `${picked}^`, label: picked.slice(0, 7) };
    }
  }
  return undefined;
}

async function merged(
  { gitFolder }: Repository,
  commit: string,
  label: string,
): Promise<OtherSide | undefined> {
  if (!object.test(commit)) return undefined;
  const base = await gitText(gitFolder, ["merge-base", "HEAD", commit]);
  return { commit, label, ...(base ? { base } : {}) };
}
