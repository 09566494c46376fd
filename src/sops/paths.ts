import { PathError, pathText } from "./errors.ts";
import {
  type Comment,
  type Mapping,
  type Node,
  type Pair,
  type Path,
  Scalar,
  type ScalarType,
  type Sequence,
  type Tree,
} from "./tree.ts";

/**
 * Reads a path: `bedrock/model_id`, or as SOPS writes it `["bedrock"]["model_id"]` and
 * `['a'][0]`. In the slash form a number is a key, and an index only where a list is.
 *
 * @throws {PathError} `syntax`
 * @see getsops/sops cmd/sops/main.go, parseTreePath
 */
export function parsePath(text: string): Path {
  if (text.startsWith("[")) return parseBrackets(text);
  const keys = text.split("/");
  if (keys.includes("")) throw new PathError("syntax", text);
  return keys;
}

function parseBrackets(text: string): Path {
  const path: (string | number)[] = [];
  const component = /\[(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\d+))\]/y;
  while (component.lastIndex < text.length) {
    const match = component.exec(text);
    if (!match) throw new PathError("syntax", text);
    const [, quoted, single, index] = match;
    path.push(
      index !== undefined ? Number(index) : single ?? (quoted ?? "").replace(/\\(["\\])/g, "$1"),
    );
  }
  return path;
}

/**
 * What stands at a path. List indices count values, not comments.
 *
 * @returns nothing where the path leads nowhere
 */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const [depth, component] of path.entries()) {
    if (node?.kind === "mapping") node = pairOf(node, component, path.slice(depth + 1))?.value;
    else if (node?.kind === "sequence") {
      const position = positionOf(node, component);
      node = position === undefined ? undefined : node.items[position] as Node | undefined;
    } else return undefined;
  }
  return node;
}

/**
 * The entry of that key. INI can have a section twice, and its first one, which has no header, is
 * often empty: there it is the one in which the rest of the path leads somewhere.
 */
function pairOf(mapping: Mapping, component: string | number, rest: Path): Pair | undefined {
  const pairs = mapping.entries.filter((entry): entry is Pair =>
    entry.kind === "pair" && entry.key === component
  );
  if (pairs.length < 2) return pairs[0];
  return pairs.find(({ value }) => nodeAt(value, rest) !== undefined) ??
    pairs.find(({ value }) => value.kind === "mapping" && value.entries.length > 0) ?? pairs[0];
}

/** @returns where that value is among the items, the items' count if it is one past the end */
function positionOf({ items }: Sequence, component: string | number): number | undefined {
  const index = typeof component === "number"
    ? component
    : /^\d+$/.test(component)
    ? Number(component)
    : undefined;
  if (index === undefined) return undefined;
  const positions = items.flatMap((item, position) => item.kind === "comment" ? [] : [position]);
  return index === positions.length ? items.length : positions[index];
}

/**
 * Puts a value at a path; mappings that are missing are made, new keys go last. The given nodes
 * are left as they are: what changes is copied.
 *
 * @param replace whether a leaf on the way may give way to a mapping, and a mapping or list at
 *   the end to the value; SOPS does so without asking
 * @throws {PathError} `not a mapping`, `not a leaf`, `absent` (an index past the end)
 */
export function withNode(root: Mapping, path: Path, value: Node, replace: boolean): Mapping {
  const put = (node: Node | undefined, depth: number): Node => {
    if (depth === path.length) {
      const loses = node && (node.kind === "mapping" || node.kind === "sequence") &&
        node.kind !== value.kind;
      if (loses && !replace) throw new PathError("not a leaf", pathText(path));
      return value;
    }
    const component = path[depth]!;
    if (node?.kind === "mapping") {
      const key = String(component);
      const pair = pairOf(node, key, path.slice(depth + 1));
      const next: Pair = pair
        ? { ...pair, value: put(pair.value, depth + 1) }
        : { kind: "pair", key, value: put(undefined, depth + 1) };
      return {
        kind: "mapping",
        entries: pair
          ? node.entries.with(node.entries.indexOf(pair), next)
          : [...node.entries, next],
      };
    }
    if (node?.kind === "sequence") {
      const position = positionOf(node, component);
      if (position === undefined) throw new PathError("absent", pathText(path));
      if (position === node.items.length) {
        return { kind: "sequence", items: [...node.items, put(undefined, depth + 1)] };
      }
      const next = put(node.items[position] as Node, depth + 1);
      return { kind: "sequence", items: node.items.with(position, next) };
    }
    if (node?.kind === "scalar" && !replace) throw new PathError("not a mapping", pathText(path));
    const child = put(undefined, depth + 1);
    return typeof component === "number"
      ? { kind: "sequence", items: [child] }
      : { kind: "mapping", entries: [{ kind: "pair", key: component, value: child }] };
  };
  if (path.length === 0) throw new PathError("syntax", "");
  return put(root, 0) as Mapping;
}

/**
 * Takes a value away. The given nodes are left as they are.
 *
 * @returns nothing where the path leads nowhere
 */
export function withoutNode(root: Mapping, path: Path): Mapping | undefined {
  const take = (node: Node, depth: number): Node | undefined => {
    const component = path[depth];
    const last = depth === path.length - 1;
    if (component === undefined) return undefined;
    if (node.kind === "mapping") {
      const pair = pairOf(node, component, path.slice(depth + 1));
      if (!pair) return undefined;
      const index = node.entries.indexOf(pair);
      if (last) return { kind: "mapping", entries: node.entries.toSpliced(index, 1) };
      const value = take(pair.value, depth + 1);
      return value && { kind: "mapping", entries: node.entries.with(index, { ...pair, value }) };
    }
    if (node.kind !== "sequence") return undefined;
    const position = positionOf(node, component);
    if (position === undefined || position === node.items.length) return undefined;
    if (last) return { kind: "sequence", items: node.items.toSpliced(position, 1) };
    const item = take(node.items[position] as Node, depth + 1);
    return item && { kind: "sequence", items: node.items.with(position, item) };
  };
  return take(root, 0) as Mapping | undefined;
}

/** Whether two nodes say the same: values with their types, keys in their order, comments. */
export function sameNode(one: Node, other: Node): boolean {
  if (one === other) return true;
  if (one.kind === "scalar" && other.kind === "scalar") {
    return one.type === other.type && one.reveal() === other.reveal();
  }
  if (one.kind === "mapping" && other.kind === "mapping") {
    return one.entries.length === other.entries.length &&
      one.entries.every((entry, index) => {
        const match = other.entries[index]!;
        if (entry.kind === "comment") {
          return match.kind === "comment" && entry.reveal() === match.reveal();
        }
        return match.kind === "pair" && entry.key === match.key &&
          entry.keyType === match.keyType && sameNode(entry.value, match.value);
      });
  }
  if (one.kind === "sequence" && other.kind === "sequence") {
    return one.items.length === other.items.length &&
      one.items.every((item, index) => {
        const match = other.items[index]!;
        if (item.kind === "comment" || match.kind === "comment") {
          return item.kind === "comment" && match.kind === "comment" &&
            item.reveal() === match.reveal();
        }
        return sameNode(item, match);
      });
  }
  return one.kind === "null" && other.kind === "null";
}

/**
 * Whether two nodes hold the same values under the same keys. Comments do not count, and neither do
 * types that a value loses where it stands in plaintext: both change when SOPS writes and reads a
 * file, because a comment can move to its neighbour, and an unencrypted `1.0` is written `1`.
 *
 * @param sameScalar compares two leaves
 */
export function sameValues(one: Node, other: Node, sameScalar = sameScalars): boolean {
  if (one.kind === "scalar" && other.kind === "scalar") return sameScalar(one, other);
  if (one.kind === "mapping" && other.kind === "mapping") {
    const [pairs, others] = [pairsOf(one), pairsOf(other)];
    return pairs.length === others.length &&
      pairs.every((pair, index) => {
        const match = others[index]!;
        return pair.key === match.key && pair.keyType === match.keyType &&
          sameValues(pair.value, match.value, sameScalar);
      });
  }
  if (one.kind === "sequence" && other.kind === "sequence") {
    const [items, others] = [valuesOf(one), valuesOf(other)];
    return items.length === others.length &&
      items.every((item, index) => sameValues(item, others[index]!, sameScalar));
  }
  return one.kind === "null" && other.kind === "null";
}

/** The same for two leaves. */
export function sameScalars(one: Scalar, other: Scalar): boolean {
  return kinship(one.type) === kinship(other.type) && one.reveal() === other.reveal();
}

/** Whether two trees have the same documents, keys and lists, whatever their leaves say. */
export function sameShape(one: Tree, other: Tree): boolean {
  return one.documents.length === other.documents.length &&
    one.documents.every((each, index) => sameValues(each, other.documents[index]!, () => true));
}

function kinship(type: ScalarType): ScalarType {
  return type === "float" ? "int" : type === "time" ? "str" : type;
}

function pairsOf({ entries }: Mapping): Pair[] {
  return entries.flatMap((entry) => entry.kind === "pair" ? [entry] : []);
}

function valuesOf({ items }: Sequence): Node[] {
  return items.flatMap((item) => item.kind === "comment" ? [] : [item]);
}

/** The leaves below a node, in their order, nulls left out. */
export function* leavesOf(
  node: Node,
  path: Path = [],
): Generator<{ readonly path: Path; readonly value: Scalar }> {
  if (node instanceof Scalar) yield { path, value: node };
  else if (node.kind === "mapping") {
    for (const entry of node.entries) {
      if (entry.kind === "pair") yield* leavesOf(entry.value, [...path, entry.key]);
    }
  } else if (node.kind === "sequence") {
    let index = 0;
    for (const item of node.items) {
      if (item.kind !== "comment") yield* leavesOf(item, [...path, index++]);
    }
  }
}

/** The same, without their paths. */
export function* scalarsOf(node: Node | Comment): Generator<Scalar> {
  if (node.kind === "scalar") yield node;
  else if (node.kind === "mapping") {
    for (const entry of node.entries) if (entry.kind === "pair") yield* scalarsOf(entry.value);
  } else if (node.kind === "sequence") { for (const item of node.items) yield* scalarsOf(item); }
}

/**
 * Whether two trees hold the same leaves at the same places, in the same order.
 *
 * @param untyped whether only their texts count
 */
export function sameLeaves(one: Tree, other: Tree, untyped: boolean): boolean {
  const listed = ({ documents }: Tree) =>
    documents.flatMap((document, index) =>
      Array.from(leavesOf(document), ({ path, value }) => ({ path: [index, ...path], value }))
    );
  const [leaves, others] = [listed(one), listed(other)];
  return leaves.length === others.length &&
    leaves.every(({ path, value }, index) => {
      const match = others[index]!;
      return path.length === match.path.length &&
        path.every((part, at) => part === match.path[at]) &&
        (untyped ? value.reveal() === match.value.reveal() : sameValues(value, match.value));
    });
}

/** Where that very leaf stands in a tree, in whichever of its documents. */
export function pathOf(tree: Tree, leaf: Node): Path | undefined {
  for (const document of tree.documents) {
    for (const { path, value } of leavesOf(document)) {
      if (value === leaf) return path;
    }
  }
  return undefined;
}
