/**
 * Ways through a tree as sops goes them, which differ from ours: a number counts comments as well,
 * and setting replaces whatever stands in the way.
 *
 * @see getsops/sops sops.go, set, unset and TreeBranch.Truncate; cmd/sops/main.go, parseTreePath
 */
import { Comment, type Mapping, type Node, type Path } from "../../sops/tree.ts";
import { sameNode } from "../../sops/paths.ts";
import { sopsCodes, SopsExit } from "./codes.ts";

/** A path that is no path; each command of sops has its own exit code for it. */
export class TreePathError extends SyntaxError {
  override name = "TreePathError";
}

/** Nothing is there; `--idempotent` forgives it. */
export class KeyNotFoundError extends SopsExit {
  override name = "KeyNotFoundError";
  constructor(message: string) {
    super(sopsCodes.generic, message);
  }
}

/**
 * @param text `["a"]['b'][0]`; empty is the empty path
 * @throws {TreePathError}
 */
export function parseTreePath(text: string): Path {
  const path: (string | number)[] = [];
  for (const part of text.split("[")) {
    if (part === "") continue;
    if (!part.endsWith("]")) throw new TreePathError(`component ${part} doesn't end with ]`);
    const component = part.slice(0, -1);
    if (/^["']/.test(component) && component.length > 1) path.push(component.slice(1, -1));
    else if (/^[+-]?\d+$/.test(component)) path.push(Number(component));
    else throw new TreePathError(`component "${component}" is neither quoted nor a number`);
  }
  return path;
}

/**
 * What `--extract` gives.
 *
 * @throws {SopsExit} where the path leads nowhere; sops panics (code 2) where it goes by name
 *   through something that has no names
 */
export function truncate(root: Mapping, path: Path): Node {
  let current: Node = root;
  for (const component of path) {
    if (typeof component === "string") {
      if (current.kind !== "mapping") throw noNames(component);
      const pair = findPair(current, component);
      if (!pair) throw nowhere(`component ['${component}'] not found`);
      current = pair.value;
      continue;
    }
    if (current.kind !== "sequence") {
      throw nowhere(`component [${component}] is integer, but tree part is not a slice`);
    }
    if (component < 0) throw negative(component);
    const item: Node | Comment | undefined = current.items[component];
    if (item === undefined) throw nowhere(`component [${component}] accesses out of bounds`);
    if (item instanceof Comment) throw nowhere(`component [${component}] is a comment`);
    current = item;
  }
  return current;
}

/**
 * Puts a value into a tree, making what is missing on the way.
 *
 * @returns a tree that shares its leaves with the old one, and whether it says something else
 */
export function setAt(
  root: Mapping,
  path: Path,
  value: Node,
): { readonly root: Mapping; readonly changed: boolean } {
  if (path.length === 0) throw emptyPath();
  const copy = copied(root) as Mapping;
  return { root: copy, changed: place(copy, path, value).changed };
}

/**
 * Takes an entry out of a tree.
 *
 * @returns a tree that shares its leaves with the old one
 * @throws {KeyNotFoundError} where there is none
 */
export function unsetAt(root: Mapping, path: Path): Mapping {
  if (path.length === 0) throw emptyPath();
  const copy = copied(root) as Mapping;
  descend(copy, path);
  return copy;
}

/** Mappings and lists anew, so that they can be changed in place; leaves as they are. */
function copied(node: Node | Comment): Node | Comment {
  if (node.kind === "sequence") return { kind: "sequence", items: node.items.map(copied) };
  if (node.kind !== "mapping") return node;
  return {
    kind: "mapping",
    entries: node.entries.map((each) =>
      each.kind === "pair" ? { ...each, value: copied(each.value) as Node } : each
    ),
  };
}

function place(node: Node | Comment, path: Path, value: Node): { node: Node; changed: boolean } {
  const [component, ...rest] = path as [string | number, ...Path];
  if (node.kind === "mapping") {
    const pair = typeof component === "string" ? findPair(node, component) : undefined;
    if (pair) {
      const next = rest.length === 0
        ? { node: value, changed: !sameNode(pair.value, value) }
        : place(pair.value, rest, value);
      pair.value = next.node;
      return { node, changed: next.changed };
    }
    // A number names nothing in a mapping; sops then makes a list, and drops it.
    if (typeof component === "string") node.entries.push(newPair(component, rest, value));
    return { node, changed: true };
  }
  if (node.kind === "sequence") {
    if (typeof component === "string") throw noNames(component);
    if (component < 0) throw negative(component);
    const item = node.items[component];
    if (item === undefined) {
      node.items.push(rest.length === 0 ? value : build(rest, value));
      return { node, changed: true };
    }
    const next = rest.length === 0
      ? { node: value, changed: item.kind === "comment" || !sameNode(item, value) }
      : place(item, rest, value);
    node.items[component] = next.node;
    return { node, changed: next.changed };
  }
  return { node: build(path, value), changed: true };
}

function build(path: Path, value: Node): Node {
  const [component, ...rest] = path as [string | number, ...Path];
  if (typeof component === "number") {
    return { kind: "sequence", items: [rest.length === 0 ? value : build(rest, value)] };
  }
  return { kind: "mapping", entries: [newPair(component, rest, value)] };
}

function newPair(key: string, rest: Path, value: Node) {
  return { kind: "pair" as const, key, value: rest.length === 0 ? value : build(rest, value) };
}

function removeFrom(node: Node | Comment, component: string | number, rest: Path): void {
  if (node.kind === "mapping") {
    const index = typeof component === "string"
      ? node.entries.findIndex((each) => isPair(each, component))
      : -1;
    if (index < 0) throw new KeyNotFoundError(`Key not found: ${component}`);
    if (rest.length === 0) node.entries.splice(index, 1);
    else descend((node.entries[index] as { value: Node }).value, rest);
  } else if (node.kind === "sequence") {
    if (typeof component === "string") throw noNames(component);
    if (component < 0) throw negative(component);
    const item = node.items[component];
    if (item === undefined) throw new KeyNotFoundError(`Index ${component} out of bounds`);
    if (rest.length === 0) node.items.splice(component, 1);
    else descend(item, rest);
  } else {
    throw new SopsExit(sopsCodes.generic, `Nothing can be below a value: '${component}'`);
  }
}

function descend(node: Node | Comment, path: Path): void {
  const [component, ...rest] = path as [string | number, ...Path];
  removeFrom(node, component, rest);
}

function findPair(mapping: Mapping, key: string) {
  return mapping.entries.find((each) => isPair(each, key)) as
    | Extract<Mapping["entries"][number], { kind: "pair" }>
    | undefined;
}

/** A key that is no string (`1: x`) cannot be named. */
function isPair(entry: Mapping["entries"][number], key: string): boolean {
  return entry.kind === "pair" && entry.keyType === undefined && entry.key === key;
}

function nowhere(reason: string): SopsExit {
  return new SopsExit(sopsCodes.generic, `error truncating tree: ${reason}`);
}

function noNames(component: string): SopsExit {
  return new SopsExit(
    sopsCodes.couldNotReadInput,
    `component ['${component}'] goes by name through something that is no mapping`,
  );
}

function negative(component: number): SopsExit {
  return new SopsExit(sopsCodes.couldNotReadInput, `component [${component}] is negative`);
}

function emptyPath(): SopsExit {
  return new SopsExit(sopsCodes.couldNotReadInput, "the index is empty");
}
