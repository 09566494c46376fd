import { sameNode } from "../sops/paths.ts";
import type { Comment, Mapping, Node, Path, Tree } from "../sops/tree.ts";
import type { Entry, WriteChoice } from "./conflicts.ts";
import { MergeError } from "./errors.ts";

/** A key that both sides changed, each otherwise. */
export interface Conflict {
  readonly path: Path;
  readonly happened: "changed by both" | "removed by ours" | "removed by theirs";
}

/** A mapping that one side gave another name, while the other side changed what is in it. */
export interface Renamed {
  readonly from: Path;
  readonly to: Path;
  readonly by: "ours" | "theirs";
}

export interface MergedTree {
  readonly tree: Tree;
  readonly conflicts: readonly Conflict[];
  readonly renamed: readonly Renamed[];
}

/**
 * Brings two plaintext trees together that began as a third. Mappings are merged key by key, also
 * where both sides added one; a list is one value. A removal counts as a change, so it conflicts with
 * a change of what was removed. Comments never conflict: those of both sides are kept.
 *
 * @param base absent where the sides have nothing in common
 * @param write puts both values of a conflict into the tree
 * @throws {MergeError} `documents`, `duplicate key`
 */
export function mergeTrees(
  base: Tree | undefined,
  ours: Tree,
  theirs: Tree,
  write: WriteChoice,
): MergedTree {
  const merger = new Merger(write);
  const documents = mergeDocuments(merger, base?.documents, ours.documents, theirs.documents);
  return { tree: { documents }, conflicts: merger.conflicts, renamed: merger.renamed };
}

function mergeDocuments(
  merger: Merger,
  base: readonly Mapping[] | undefined,
  ours: readonly Mapping[],
  theirs: readonly Mapping[],
): Mapping[] {
  const unchanged = (side: readonly Mapping[]) =>
    base?.length === side.length && side.every((each, index) => sameNode(each, base[index]!));
  if (unchanged(ours)) return [...theirs];
  if (unchanged(theirs)) return [...ours];
  // Documents that one side added at the end are kept; anything else has no telling which is which.
  const shorter = Math.min(ours.length, theirs.length);
  const longer = ours.length > theirs.length ? ours : theirs;
  const common = base?.length ?? longer.length;
  if (shorter !== common) throw new MergeError("documents");
  const merged = ours.slice(0, shorter).map((document, index) =>
    merger.mapping(base?.[index] ?? nothing, document, theirs[index]!, [])
  );
  return [...merged, ...longer.slice(shorter)];
}

const nothing: Mapping = { kind: "mapping", entries: [] };

/** A mapping taken apart: each entry with the comments before it, and those behind the last. */
interface View {
  readonly order: readonly string[];
  readonly entries: ReadonlyMap<string, Entry>;
  readonly tail: readonly Comment[];
}

class Merger {
  readonly conflicts: Conflict[] = [];
  readonly renamed: Renamed[] = [];

  constructor(readonly write: WriteChoice) {}

  mapping(baseNode: Mapping, oursNode: Mapping, theirsNode: Mapping, path: Path): Mapping {
    let [base, ours, theirs] = [baseNode, oursNode, theirsNode].map((each) =>
      viewOf(each, path)
    ) as [View, View, View];
    for (const { from, to } of this.#renames(base, ours, theirs, "ours", path)) {
      [base, theirs] = [relabel(base, from, to), relabel(theirs, from, to)];
    }
    for (const { from, to } of this.#renames(base, theirs, ours, "theirs", path)) {
      [base, ours] = [relabel(base, from, to), relabel(ours, from, to)];
    }
    const merged = new Map<string, Entry[]>();
    for (const key of new Set([...ours.order, ...theirs.order])) {
      const entries = this.#entry(
        key,
        {
          base: base.entries.get(key),
          ours: ours.entries.get(key),
          theirs: theirs.entries.get(key),
        },
        path,
      );
      if (entries.length > 0) merged.set(key, entries);
    }
    const order = mergeOrder(base.order, ours.order, theirs.order, (key) => merged.has(key));
    const entries = order.flatMap((key) => merged.get(key)!);
    return {
      kind: "mapping",
      entries: [
        ...entries.flatMap(({ comments, pair }) => [...comments, pair]),
        ...mergeComments(base.tail, ours.tail, theirs.tail),
      ],
    };
  }

  #entry(
    key: string,
    { base, ours, theirs }: { base?: Entry; ours?: Entry; theirs?: Entry },
    path: Path,
  ): Entry[] {
    const here = [...path, key];
    const conflict = (happened: Conflict["happened"]): Entry[] => {
      this.conflicts.push({ path: here, happened });
      return this.write({
        key,
        ...(ours ? { ours: ours.pair.value } : {}),
        ...(theirs ? { theirs: theirs.pair.value } : {}),
        comments: mergeComments(base?.comments ?? [], ours?.comments ?? [], theirs?.comments ?? []),
      });
    };
    if (!ours || !theirs) {
      const one = ours ?? theirs!;
      if (!base) return [one];
      if (sameContent(base.pair.value, one.pair.value)) return [];
      return conflict(ours ? "removed by theirs" : "removed by ours");
    }
    const value = this.#value(base?.pair.value, ours.pair.value, theirs.pair.value, here);
    if (value === undefined) return conflict("changed by both");
    const comments = mergeComments(base?.comments ?? [], ours.comments, theirs.comments);
    return [{ pair: { ...ours.pair, value }, comments }];
  }

  /** @returns nothing where both sides changed it, each otherwise */
  #value(base: Node | undefined, ours: Node, theirs: Node, path: Path): Node | undefined {
    if (sameNode(ours, theirs)) return ours;
    if (ours.kind === "mapping" && theirs.kind === "mapping") {
      return this.mapping(base?.kind === "mapping" ? base : nothing, ours, theirs, path);
    }
    if (base && sameNode(base, ours)) return theirs;
    if (base && sameNode(base, theirs)) return ours;
    return undefined;
  }

  /**
   * Mappings that `side` took away and put there again unchanged under another name, while `other`
   * changed what is in them.
   */
  #renames(
    base: View,
    side: View,
    other: View,
    by: Renamed["by"],
    path: Path,
  ): { from: string; to: string }[] {
    const added = side.order.filter((key) => !base.entries.has(key) && !other.entries.has(key));
    const found: { from: string; to: string }[] = [];
    for (const from of base.order) {
      const [was, now] = [base.entries.get(from)!.pair.value, other.entries.get(from)?.pair.value];
      if (side.entries.has(from) || now === undefined || was.kind !== "mapping") continue;
      if (sameContent(was, now)) continue;
      const same = added.filter((key) => sameContent(side.entries.get(key)!.pair.value, was));
      if (same.length !== 1) continue;
      found.push({ from, to: same[0]! });
    }
    // A name that two of them would get says nothing.
    const certain = found.filter(({ to }) => found.filter((each) => each.to === to).length === 1);
    this.renamed.push(
      ...certain.map(({ from, to }) => ({ from: [...path, from], to: [...path, to], by })),
    );
    return certain;
  }
}

function viewOf({ entries }: Mapping, path: Path): View {
  const found = new Map<string, Entry>();
  let comments: Comment[] = [];
  for (const entry of entries) {
    if (entry.kind === "comment") {
      comments.push(entry);
      continue;
    }
    if (found.has(entry.key)) throw new MergeError("duplicate key", [...path, entry.key]);
    found.set(entry.key, { pair: entry, comments });
    comments = [];
  }
  return { order: [...found.keys()], entries: found, tail: comments };
}

function relabel({ order, entries, tail }: View, from: string, to: string): View {
  const renamed = (key: string) => key === from ? to : key;
  return {
    order: order.map(renamed),
    entries: new Map(
      Array.from(entries, ([key, { pair, comments }]) => [
        renamed(key),
        { pair: { ...pair, key: renamed(key) }, comments },
      ]),
    ),
    tail,
  };
}

/** The order of ours, or of theirs where that side alone changed it, with what the other added. */
function mergeOrder(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
  stays: (key: string) => boolean,
): string[] {
  const all = [new Set(base), new Set(ours), new Set(theirs)] as const;
  const common = (order: readonly string[]) =>
    order.filter((key) => all.every((each) => each.has(key))).join("\0");
  const oursMoved = common(ours) !== common(base);
  const [first, second] = oursMoved || common(theirs) === common(base)
    ? [ours, theirs]
    : [theirs, ours];
  const order = first.filter(stays);
  const inFirst = new Set(first);
  const inSecond = new Set(second);
  let before: string | undefined;
  for (const key of second) {
    if (!stays(key)) continue;
    if (!inFirst.has(key)) {
      let at = before === undefined ? 0 : order.indexOf(before) + 1;
      // What the first side added at the same place comes first.
      while (at < order.length && !inSecond.has(order[at]!)) at++;
      order.splice(at, 0, key);
    }
    before = key;
  }
  return order;
}

/** The comments of the side that changed them; of both, where both did. */
function mergeComments(
  base: readonly Comment[],
  ours: readonly Comment[],
  theirs: readonly Comment[],
): readonly Comment[] {
  if (sameComments(base, ours)) return theirs;
  if (sameComments(base, theirs)) return ours;
  const known = new Set([...base, ...ours].map((each) => each.reveal()));
  return [...ours, ...theirs.filter((each) => !known.has(each.reveal()))];
}

function sameComments(one: readonly Comment[], other: readonly Comment[]): boolean {
  return one.length === other.length &&
    one.every((comment, index) => comment.reveal() === other[index]!.reveal());
}

/** Whether two nodes hold the same values; the order of keys and comments do not count. */
function sameContent(one: Node, other: Node): boolean {
  if (one.kind === "mapping" && other.kind === "mapping") {
    const [pairs, others] = [pairsOf(one), pairsOf(other)];
    return pairs.size === others.size &&
      [...pairs].every(([key, value]) => {
        const match = others.get(key);
        return match !== undefined && sameContent(value, match);
      });
  }
  if (one.kind === "sequence" && other.kind === "sequence") {
    const [items, others] = [one, other].map(({ items }) =>
      items.flatMap((item): Node[] => item.kind === "comment" ? [] : [item])
    ) as [Node[], Node[]];
    return items.length === others.length &&
      items.every((item, index) => sameContent(item, others[index]!));
  }
  return sameNode(one, other);
}

function pairsOf({ entries }: Mapping): Map<string, Node> {
  return new Map(
    entries.flatMap((entry) => entry.kind === "pair" ? [[entry.key, entry.value]] : []),
  );
}
