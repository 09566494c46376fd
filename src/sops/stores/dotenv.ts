import {
  Comment,
  FormatError,
  type Mapping,
  type Pair,
  type Scalar,
  type Store,
  UnholdableError,
} from "../tree.ts";
import { type FlatEntry, flatten, unflatten } from "./flat/flatten.ts";
import { decodeAny, encodeAny, scalarOf } from "./flat/text.ts";
import { flatText } from "./flat/values.ts";
import { EntryCount } from "./limits.ts";
import { roughLength, Sink } from "./sink.ts";

const prefix = "sops_";

/**
 * dotenv as SOPS 3.13.2 reads and writes it: `KEY=value` lines without any quoting, in which `\n`
 * stands for a line feed, and comments. Blank lines are lost. A key may stand twice.
 *
 * @see getsops/sops stores/dotenv/store.go
 */
export const dotenvStore: Store = {
  format: "dotenv",
  reserves: (key) => key.startsWith(prefix),
  parse(bytes) {
    const mapping = read(decodeAny(bytes));
    const flat: FlatEntry[] = [];
    const entries = mapping.entries.filter((entry) => {
      if (entry.kind === "comment" || !entry.key.startsWith(prefix)) return true;
      flat.push({ key: entry.key.slice(prefix.length), value: entry.value as Scalar });
      return false;
    });
    const tree = { documents: [{ kind: "mapping" as const, entries }] };
    return flat.length === 0 ? { tree } : { tree, metadata: unflatten(flat) };
  },
  emit(tree, metadata) {
    const [document, ...more] = tree.documents;
    if (!document || more.length > 0) {
      throw new UnholdableError("dotenv", [], `${tree.documents.length} documents`);
    }
    const sealed = metadata !== undefined;
    const out = new Sink("dotenv", roughLength(tree), encodeAny);
    for (const entry of document.entries) {
      out.put(entry.kind === "comment" ? commentText(entry) : lineOf(entry, sealed));
    }
    for (const { key, value } of metadata ? flatten(metadata) : []) {
      out.put(lineOf({ kind: "pair", key: prefix + key, value }, false));
    }
    return out.bytes();
  },
  emitValue(node) {
    if (node.kind === "scalar" && (node.type === "str" || node.type === "bytes")) {
      return encodeAny(flatText(node, "dotenv", [], false));
    }
    throw new UnholdableError("dotenv", [], "a value alone that is no string");
  },
};

function read(text: string): Mapping {
  const entries: Mapping["entries"] = [];
  const count = new EntryCount("dotenv");
  let number = 0;
  for (let start = 0, end = 0; start <= text.length; start = end + 1) {
    const found = text.indexOf("\n", start);
    end = found === -1 ? text.length : found;
    const line = text.slice(start, end);
    number++;
    if (line === "") continue;
    count.add();
    const refuse = (reason: string) => new FormatError("dotenv", reason, number);
    const key = line.startsWith("#") ? undefined : line.slice(0, Math.max(line.indexOf("="), 0));
    if (!(key ?? line).isWellFormed()) throw refuse("bytes that are no UTF-8");
    if (key === undefined) {
      entries.push(new Comment(line.slice(1)));
    } else if (!line.includes("=")) {
      throw refuse('a line that is no comment and has no "="');
    } else {
      const value = line.slice(key.length + 1).replaceAll("\\n", "\n");
      entries.push({ kind: "pair", key, value: scalarOf(value) });
    }
  }
  return { kind: "mapping", entries };
}

/** Comments of other formats may have several lines. */
function commentText(comment: Comment): string {
  return `#${comment.reveal().replaceAll("\n", "\n#")}\n`;
}

function lineOf({ key, keyType, value }: Pair, sealed: boolean): string {
  const refuse = (reason: string) => new UnholdableError("dotenv", [key], reason);
  if (keyType !== undefined) throw refuse("a key that is no string");
  if (/^#|[=\n]/.test(key)) throw refuse('a key with "=" or a line break, or a "#" before it');
  const text = flatText(value, "dotenv", [key], sealed);
  // What is not encrypted is read with a line feed in its place, and the MAC does not match.
  if (sealed && text.includes("\\n")) throw refuse('a "\\n" in a value that is not encrypted');
  return `${key}=${text.replaceAll("\n", "\\n")}\n`;
}
