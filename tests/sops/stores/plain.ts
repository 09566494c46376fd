import {
  Comment,
  type Mapping,
  type Node,
  type Pair,
  Scalar,
  type ScalarType,
} from "../../../src/sops/tree.ts";
import { InlineComment } from "../../../src/sops/stores/comments.ts";

/**
 * A tree as plain data, so that tests can compare and print it: a scalar is `["str", text]`, null
 * is `["null"]`, a mapping `["map", [key, value], …]`, a list `["seq", …]`, a comment
 * `["#", text, inline]`.
 */
export type Plain = readonly unknown[];

export function plain(node: Node | Comment): Plain {
  if (node instanceof Comment) return ["#", node.reveal(), node instanceof InlineComment];
  switch (node.kind) {
    case "null":
      return ["null"];
    case "scalar":
      return [node.type, node.reveal()];
    case "sequence":
      return ["seq", ...node.items.map(plain)];
    case "mapping":
      return [
        "map",
        ...node.entries.map((entry) => entry instanceof Comment ? plain(entry) : plainPair(entry)),
      ];
  }
}

function plainPair(pair: Pair): Plain {
  if (pair.keyType === "null") return [["null"], plain(pair.value)];
  return [[pair.keyType ?? "str", pair.key], plain(pair.value)];
}

export function treeOf(data: Plain): Node {
  const [kind, ...rest] = data;
  switch (kind) {
    case "null":
      return { kind: "null" };
    case "seq":
      return { kind: "sequence", items: rest.map((item) => itemOf(item as Plain)) };
    case "map":
      return mappingOf(data);
    default:
      return new Scalar(kind as ScalarType, rest[0] as string);
  }
}

function itemOf(data: Plain): Node | Comment {
  if (data[0] !== "#") return treeOf(data);
  return data[2] ? new InlineComment(data[1] as string) : new Comment(data[1] as string);
}

export function mappingOf(data: Plain): Mapping {
  return {
    kind: "mapping",
    entries: (data.slice(1) as Plain[]).map((entry) => {
      if (entry[0] === "#") return itemOf(entry) as Comment;
      const [key, value] = entry as [Plain, Plain];
      const type = key[0] as "str" | "int" | "null";
      return {
        kind: "pair",
        key: type === "null" ? "null" : key[1] as string,
        ...(type === "str" ? {} : { keyType: type }),
        value: treeOf(value),
      };
    }),
  };
}
