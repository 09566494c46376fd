import { MetadataError } from "../../errors.ts";
import type { Mapping, Node, Pair, Scalar } from "../../tree.ts";

/** Levels of names in one another; metadata has four. */
const deepest = 1000;

/** Fields of all keys; each takes some 1,500 bytes of memory. */
const mostEntries = 200_000;

const mapMark = "__map_";
const listMark = "__list_";

/** A leaf of the metadata under one name: `age__list_0__map_enc`. */
export interface FlatEntry {
  readonly key: string;
  readonly value: Scalar;
}

/**
 * Metadata for a format that cannot nest.
 *
 * @see getsops/sops stores/flatten.go
 */
export function flatten(metadata: Mapping): FlatEntry[] {
  const flat: FlatEntry[] = [];
  const add = (node: Node, key: string): void => {
    if (node.kind === "mapping") addAll(node, `${key}${mapMark}`);
    else if (node.kind === "sequence") {
      let index = 0;
      for (const item of node.items) {
        if (item.kind !== "comment") add(item, `${key}${listMark}${index++}`);
      }
    } else if (node.kind === "scalar") flat.push({ key, value: node });
  };
  const addAll = (mapping: Mapping, prefix: string): void => {
    for (const entry of mapping.entries) {
      if (entry.kind === "pair") add(entry.value, prefix + entry.key);
    }
  };
  addAll(metadata, "");
  return flat;
}

/** What was read under one name, on the way to a tree. */
interface Place {
  value?: Scalar;
  readonly keys: Map<string, Place>;
  readonly indices: Map<number, Place>;
}

const newPlace = (): Place => ({ keys: new Map(), indices: new Map() });

/**
 * Metadata from such names.
 *
 * @throws {MetadataError} where a name stands twice, is a value and more, or leaves a gap in a list
 */
export function unflatten(entries: readonly FlatEntry[]): Mapping {
  if (entries.length > mostEntries) {
    throw new MetadataError("sops", `more than ${mostEntries} fields`);
  }
  const root = newPlace();
  for (const { key, value } of entries) {
    let place = root;
    const parts = partsOf(key);
    if (parts.length > deepest) {
      throw new MetadataError(`${key.slice(0, 20)}...`, `more than ${deepest} levels`);
    }
    for (const part of parts) {
      const known = typeof part === "number" ? place.indices.get(part) : place.keys.get(part);
      const next = known ?? newPlace();
      if (!known) {
        if (typeof part === "number") place.indices.set(part, next);
        else place.keys.set(part, next);
      }
      place = next;
    }
    if (place.value) throw new MetadataError(key, "it is there twice");
    place.value = value;
  }
  return convert(root, "sops") as Mapping;
}

function partsOf(key: string): (string | number)[] {
  const [first = "", ...more] = key.split(/(?=__map_|__list_)/);
  const named = (part: string) => {
    if (part.startsWith(mapMark)) return part.slice(mapMark.length);
    const index = part.slice(listMark.length);
    if (!/^\d{1,9}$/.test(index)) throw new MetadataError(key, "no index of a list");
    return Number(index);
  };
  // A name that begins with a mark has an empty first part, as in SOPS.
  return /^__(?:map|list)_/.test(key) ? ["", ...[first, ...more].map(named)] : [
    first,
    ...more.map(named),
  ];
}

function convert({ value, keys, indices }: Place, name: string): Node {
  if (Number(value !== undefined) + Number(keys.size > 0) + Number(indices.size > 0) > 1) {
    throw new MetadataError(name, "a value, a mapping and a list at once");
  }
  if (value) return value;
  if (indices.size > 0) {
    const items = Array.from({ length: indices.size }, (_, index) => {
      const item = indices.get(index);
      if (!item) throw new MetadataError(name, "a list with a gap");
      return convert(item, `${name}[${index}]`);
    });
    return { kind: "sequence", items };
  }
  const entries = [...keys].map(([key, place]): Pair => ({
    kind: "pair",
    key,
    value: convert(place, key),
  }));
  return { kind: "mapping", entries };
}
