import { Comment, type Format, type Node, type Pair, type Path, type Tree } from "../sops/tree.ts";

/**
 * What a value is called that a person has to choose from. The names stand in the file in clear, so
 * that everybody sees that it is unresolved, also without a key.
 */
const names = {
  ours: "credsmith_conflict_ours",
  theirs: "credsmith_conflict_theirs",
} as const;

/** One entry of a mapping with the comments that stand before it. */
export interface Entry {
  readonly pair: Pair;
  readonly comments: readonly Comment[];
}

/** The two values between which a person has to choose; the one that is missing was removed. */
export interface Choice {
  readonly key: string;
  readonly ours?: Node;
  readonly theirs?: Node;
  readonly comments: readonly Comment[];
}

/** How a choice is written into a file of some format. */
export type WriteChoice = (choice: Choice) => Entry[];

/**
 * How choices are written.
 *
 * Where a value can be a mapping, both stand below the key: its name is on the way to them, so a
 * selector that encrypts by it still does. Elsewhere they stand side by side under longer names.
 */
export function choiceWriter(format: Format): WriteChoice {
  return format === "dotenv" || format === "ini" ? besideEachOther : belowTheKey;
}

function belowTheKey({ key, ours, theirs, comments }: Choice): Entry[] {
  const entries: Pair[] = [
    ...(ours ? [pairOf(names.ours, ours)] : []),
    ...(theirs ? [pairOf(names.theirs, theirs)] : []),
  ];
  const remark = new Comment(` ${remarkOn({ key, ours, theirs })}`);
  return [{
    pair: pairOf(key, { kind: "mapping", entries }),
    comments: [...comments, remark],
  }];
}

function besideEachOther({ key, ours, theirs, comments }: Choice): Entry[] {
  const remark = new Comment(` ${remarkOn({ key, ours, theirs })}`);
  const entries = [
    ...(ours ? [pairOf(`${names.ours}_${key}`, ours)] : []),
    ...(theirs ? [pairOf(`${names.theirs}_${key}`, theirs)] : []),
  ];
  return entries.map((pair, index) => ({
    pair,
    comments: index === 0 ? [...comments, remark] : [],
  }));
}

function remarkOn({ key, ours, theirs }: Omit<Choice, "comments">): string {
  const happened = ours === undefined
    ? "removed by ours, changed by theirs"
    : theirs === undefined
    ? "changed by ours, removed by theirs"
    : "changed by both";
  return `CONFLICT: "${key}" was ${happened}; keep one value under its own name, or none`;
}

function pairOf(key: string, value: Node): Pair {
  return { kind: "pair", key, value };
}

/**
 * Where a merge left two values, by the names that the keys have without it; each once, in the order
 * of the file. No key is needed: `tree` may be encrypted.
 */
export function conflictsIn(tree: Tree): Path[] {
  const found = new Map<string, Path>();
  const look = (node: Node, path: Path): void => {
    if (node.kind === "sequence") {
      node.items.forEach((item, index) => item.kind !== "comment" && look(item, [...path, index]));
    }
    if (node.kind !== "mapping") return;
    for (const entry of node.entries) {
      if (entry.kind === "comment") continue;
      const original = withoutMark(entry.key);
      if (original === undefined) look(entry.value, [...path, entry.key]);
      else {
        const place = original === "" ? path : [...path, original];
        found.set(JSON.stringify(place), place);
      }
    }
  };
  tree.documents.forEach((document) => look(document, []));
  return [...found.values()];
}

/** The path that a leaf has without the marks of a conflict. */
export function unmarkedPath(path: Path): Path {
  return path.flatMap((part) => {
    const original = typeof part === "string" ? withoutMark(part) : undefined;
    return original === undefined ? [part] : original === "" ? [] : [original];
  });
}

/** @returns what is left of a marked key: nothing at all, or the name of the key; else undefined */
function withoutMark(key: string): string | undefined {
  for (const name of Object.values(names)) {
    if (key === name) return "";
    if (key.startsWith(`${name}_`)) return key.slice(name.length + 1);
  }
  return undefined;
}
