import { UnsupportedError } from "./errors.ts";
import { Level, type Selection } from "./selectors.ts";
import type { Comment, Mapping, Node, Pair, Path, Scalar, Sequence, Tree } from "./tree.ts";

/** Where a leaf or a comment stands. */
export interface Place {
  /** Whether the selection has it encrypted. */
  readonly encrypts: boolean;
  /** The map keys from the root, each with a ":" behind it. */
  readonly prefix: string;
  /** Whether it is an item of a list; a mapping cannot hold a comment as a value. */
  readonly inList: boolean;
  /** Puts another node there, once the walk is through. */
  put(node: Scalar | Comment): void;
}

/** What becomes of each leaf and comment. */
export interface Visitor {
  scalar(scalar: Scalar, place: Place): Scalar;
  comment(comment: Comment, place: Place): Comment;
}

/**
 * A tree of the same shape, with other leaves and comments. They are visited in the order of the
 * file.
 *
 * @throws {UnsupportedError} for a map key that is no string, which SOPS neither reads nor writes
 */
export function mapLeaves(tree: Tree, selection: Selection, visitor: Visitor): Tree {
  const ofComment = (comment: Comment, level: Level, prefix: string, put: Place["put"]) =>
    visitor.comment(comment, {
      encrypts: level.comment(comment.reveal()),
      prefix,
      inList: false,
      put,
    });
  const ofMapping = ({ entries }: Mapping, level: Level, prefix: string): Mapping => {
    const mapped: (Pair | Comment)[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === "comment") {
        const put = (node: Scalar | Comment) => mapped[index] = commentOnly(node);
        mapped.push(ofComment(entry, level, prefix, put));
        continue;
      }
      if (entry.keyType !== undefined) throw new UnsupportedError("mapping key", entry.key);
      const pair: Pair = { ...entry };
      mapped.push(pair);
      const put = (node: Scalar | Comment) => pair.value = scalarOnly(node);
      const below = `${prefix}${entry.key}:`;
      pair.value = ofNode(entry.value, level.enter(entry.key), below, false, put);
      level.leave();
    }
    return { kind: "mapping", entries: mapped };
  };
  const ofSequence = ({ items }: Sequence, level: Level, prefix: string): Sequence => {
    const mapped: (Node | Comment)[] = [];
    for (const [index, item] of items.entries()) {
      const put = (node: Scalar | Comment) => mapped[index] = node;
      if (item.kind === "comment") {
        mapped.push(ofComment(item, level, prefix, put));
        continue;
      }
      mapped.push(ofNode(item, level.enter(), prefix, true, put));
      level.leave();
    }
    return { kind: "sequence", items: mapped };
  };
  const ofNode = (
    node: Node,
    level: Level,
    prefix: string,
    inList: boolean,
    put: Place["put"],
  ): Node => {
    switch (node.kind) {
      case "scalar":
        return visitor.scalar(node, { encrypts: level.encrypts, prefix, inList, put });
      case "mapping":
        return ofMapping(node, level.inner(), prefix);
      case "sequence":
        return ofSequence(node, level.inner(), prefix);
      case "null":
        return node;
    }
  };
  return { documents: tree.documents.map((each) => ofMapping(each, new Level(selection), "")) };
}

function commentOnly(node: Scalar | Comment): Comment {
  if (node.kind !== "comment") throw new TypeError("a value cannot stand for a comment");
  return node;
}

function scalarOnly(node: Scalar | Comment): Scalar {
  if (node.kind !== "scalar") throw new TypeError("a mapping cannot hold a comment as a value");
  return node;
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
