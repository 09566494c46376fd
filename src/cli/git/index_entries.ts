import { askGit, textOf, tryGit } from "./repository.ts";

/** A file as the index has it. */
export interface IndexEntry {
  /** Relative to the root of the work tree, with "/". */
  readonly path: string;
  readonly object: string;
  /** Whether a merge left more than one version of it. */
  readonly unmerged: boolean;
}

/** Links and other repositories have no content that could be encrypted. */
const isFile = (mode: string | undefined): boolean => mode?.startsWith("100") === true;

/** What the next commit would change. */
export async function stagedEntries(root: string): Promise<IndexEntry[]> {
  const listed = await askGit(root, [
    "diff",
    "--cached",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--diff-filter=d",
    "--ignore-submodules",
  ]);
  const parts = textOf(listed).split("\0");
  const entries = new Map<string, IndexEntry>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const path = parts[at + 1]!;
    const [, mode, , object = "", status] = parts[at]!.slice(1).split(" ");
    const unmerged = status === "U";
    // An unmerged file is listed a second time, with what the work tree has.
    if (unmerged || (isFile(mode) && !entries.get(path)?.unmerged)) {
      entries.set(path, { path, object, unmerged });
    }
  }
  return [...entries.values()];
}

/** Everything that git has. */
export async function wholeIndex(root: string, ...paths: string[]): Promise<IndexEntry[]> {
  const listed = await askGit(root, ["ls-files", "--stage", "-z", "--", ...paths]);
  const entries = new Map<string, IndexEntry>();
  for (const line of textOf(listed).split("\0")) {
    const [head = "", path] = line.split("\t", 2);
    if (path === undefined) continue;
    const [mode, object = "", stage] = head.split(" ");
    const name = line.slice(head.length + 1);
    if (isFile(mode)) entries.set(name, { path: name, object, unmerged: stage !== "0" });
  }
  return [...entries.values()];
}

/** How much fits into the arguments of a program, with room to spare. */
const argumentBytes = 60_000;

/** Which of these files have a value as SOPS encrypts it; git searches on all cores. */
export async function withCiphertext(
  root: string,
  entries: readonly IndexEntry[],
  all: boolean,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const paths of all ? [[]] : portions(entries.map(({ path }) => path))) {
    const { code, stdout } = await tryGit(root, [
      "--literal-pathspecs",
      "grep",
      "--cached",
      "--no-color",
      "--files-with-matches",
      "-z",
      "--text",
      "--fixed-strings",
      "-e",
      "ENC[AES256_GCM,",
      "--",
      ...paths,
    ]);
    if (code !== 0) continue;
    for (const name of textOf(stdout).split("\0")) if (name !== "") found.add(name);
  }
  return found;
}

function portions(paths: readonly string[]): string[][] {
  const all: string[][] = [];
  let room = 0;
  for (const path of paths) {
    if (room < path.length * 3) {
      all.push([]);
      room = argumentBytes;
    }
    all.at(-1)!.push(path);
    room -= path.length * 3;
  }
  return all;
}
