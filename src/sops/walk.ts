import { UnsupportedError } from "./errors.ts";
import { Level, type Selection } from "./selectors.ts";
import type { Comment, Mapping, Node, Pair, Path, Scalar, Sequence, Tree } from "./tree.ts";

/** Where a leaf or a comment stands. */
export class Place {
  readonly #holder: Pair | Mapping["entries"] | Sequence["items"];
  readonly #index: number;

  constructor(
    /** Whether the selection has it encrypted. */
    readonly encrypts: boolean,
    /** The map keys from the root, each with a ":" behind it. */
    readonly prefix: string,
    /** Whether it is an item of a list; a mapping cannot hold a comment as a value. */
    readonly inList: boolean,
    holder: Pair | Mapping["entries"] | Sequence["items"],
    index: number,
  ) {
    this.#holder = holder;
    this.#index = index;
  }

  /** Puts another node there, once the walk has gone on. */
  put(node: Scalar | Comment): void {
    const holder = this.#holder;
    if (this.inList) (holder as Sequence["items"])[this.#index] = node;
    else if (!Array.isArray(holder)) holder.value = scalarOnly(node);
    else (holder as Mapping["entries"])[this.#index] = commentOnly(node);
  }
}

/** What becomes of each leaf and comment. */
export interface Visitor {
  scalar(scalar: Scalar, place: Place): Scalar;
  comment(comment: Comment, place: Place): Comment;
  /** Whether the walk is to wait: what it gave out can be put in its places. */
  readonly full: boolean;
}

/**
 * A tree of the same shape, with other leaves and comments. They are visited in the order of the
 * file.
 *
 * @param flush called whenever the visitor is full, and at the end
 * @throws {UnsupportedError} for a map key that is no string, which SOPS neither reads nor writes
 */
export async function mapLeaves(
  tree: Tree,
  selection: Selection,
  visitor: Visitor,
  flush: () => Promise<void>,
): Promise<Tree> {
  const walk = walkTree(tree, selection, visitor);
  for (;;) {
    const { done, value } = walk.next();
    await flush();
    if (done) return value;
  }
}

function* walkTree(tree: Tree, selection: Selection, visitor: Visitor): Generator<void, Tree> {
  function* ofMapping({ entries }: Mapping, level: Level, prefix: string): Walk<Mapping> {
    const mapped: Mapping["entries"] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === "comment") {
        const encrypts = level.comment(entry.reveal());
        mapped.push(visitor.comment(entry, new Place(encrypts, prefix, false, mapped, index)));
      } else {
        if (entry.keyType !== undefined) throw new UnsupportedError("mapping key", entry.key);
        const { key, value } = entry;
        const pair: Pair = { kind: "pair", key, value };
        mapped.push(pair);
        const below = `${prefix}${key}:`;
        const inside = level.enter(key);
        if (value.kind === "scalar") {
          pair.value = visitor.scalar(value, new Place(inside.encrypts, below, false, pair, 0));
        } else if (value.kind !== "null") pair.value = yield* ofCollection(value, inside, below);
        level.leave();
      }
      if (visitor.full) yield;
    }
    return { kind: "mapping", entries: mapped };
  }
  function* ofSequence({ items }: Sequence, level: Level, prefix: string): Walk<Sequence> {
    const mapped: Sequence["items"] = [];
    for (const [index, item] of items.entries()) {
      if (item.kind === "comment") {
        const encrypts = level.comment(item.reveal());
        mapped.push(visitor.comment(item, new Place(encrypts, prefix, true, mapped, index)));
      } else {
        const inside = level.enter();
        if (item.kind === "scalar") {
          const place = new Place(inside.encrypts, prefix, true, mapped, index);
          mapped.push(visitor.scalar(item, place));
        } else if (item.kind === "null") mapped.push(item);
        else mapped.push(yield* ofCollection(item, inside, prefix));
        level.leave();
      }
      if (visitor.full) yield;
    }
    return { kind: "sequence", items: mapped };
  }
  const ofCollection = (node: Mapping | Sequence, level: Level, prefix: string) =>
    node.kind === "mapping"
      ? ofMapping(node, level.inner(), prefix)
      : ofSequence(node, level.inner(), prefix);

  const documents: Mapping[] = [];
  for (const each of tree.documents) {
    documents.push(yield* ofMapping(each, new Level(selection), ""));
  }
  return { documents };
}

/** Goes on whenever it is told to, and gives a node at its end. */
type Walk<Result extends Mapping | Sequence> = Generator<void, Result>;

function commentOnly(node: Scalar | Comment): Comment {
  if (node.kind !== "comment") throw new TypeError("a value cannot stand for a comment");
  return node;
}

function scalarOnly(node: Scalar | Comment): Scalar {
  if (node.kind !== "scalar") throw new TypeError("a mapping cannot hold a comment as a value");
  return node;
}

/**
 * The leaves of all documents, in the order in which `mapLeaves` visits them, with what it says of
 * their places.
 *
 * @throws {UnsupportedError} as `mapLeaves`
 */
export function* placedLeaves(
  tree: Tree,
  selection: Selection,
): Generator<{ readonly scalar: Scalar; readonly prefix: string; readonly encrypts: boolean }> {
  function* below(
    node: Mapping | Sequence,
    level: Level,
    prefix: string,
  ): ReturnType<typeof placedLeaves> {
    for (const each of node.kind === "mapping" ? node.entries : node.items) {
      if (each.kind === "comment") {
        level.comment(each.reveal());
        continue;
      }
      const pair = each.kind === "pair" ? each : undefined;
      if (pair?.keyType !== undefined) throw new UnsupportedError("mapping key", pair.key);
      const value = each.kind === "pair" ? each.value : each;
      const own = pair ? `${prefix}${pair.key}:` : prefix;
      const inside = level.enter(pair?.key);
      if (value.kind === "scalar") {
        yield { scalar: value, prefix: own, encrypts: inside.encrypts };
      } else if (value.kind !== "null") yield* below(value, inside.inner(), own);
      level.leave();
    }
  }
  for (const document of tree.documents) yield* below(document, new Level(selection), "");
}

/** The leaves of a document in their order, nulls left out, and which of them are encrypted. */
export function* selectedLeaves(
  document: Mapping,
  selection: Selection,
): Generator<{ readonly path: Path; readonly value: Scalar; readonly encrypted: boolean }> {
  function* of(node: Node, level: Level, path: Path): ReturnType<typeof selectedLeaves> {
    if (node.kind === "scalar") yield { path, value: node, encrypted: level.encrypts };
    if (node.kind !== "mapping" && node.kind !== "sequence") return;
    const inner = level.inner();
    let index = 0;
    for (const each of node.kind === "mapping" ? node.entries : node.items) {
      if (each.kind === "comment") {
        inner.comment(each.reveal());
        continue;
      }
      if (each.kind === "pair") yield* of(each.value, inner.enter(each.key), [...path, each.key]);
      else yield* of(each, inner.enter(), [...path, index++]);
      inner.leave();
    }
  }
  yield* of(document, new Level(selection), []);
}

/** Whether the leaf at a path would be encrypted, if it were there. */
export function encryptsAt(document: Mapping, path: Path, selection: Selection): boolean {
  let level = new Level(selection);
  let node: Node | undefined = document;
  for (const component of path) {
    let child: Node | undefined;
    let index = 0;
    const children: readonly (Pair | Comment | Node)[] = node?.kind === "mapping"
      ? node.entries
      : node?.kind === "sequence"
      ? node.items
      : [];
    for (const each of children) {
      if (each.kind === "comment") {
        level.comment(each.reveal());
        continue;
      }
      const here = each.kind === "pair" ? each.key : index++;
      if (String(here) === String(component)) {
        child = each.kind === "pair" ? each.value : each;
        break;
      }
      level.leave();
    }
    const key = node?.kind === "sequence" || typeof component === "number" ? undefined : component;
    level = level.enter(key).inner();
    node = child;
  }
  return level.encrypts;
}
