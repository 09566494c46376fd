import { MetadataError } from "../errors.ts";
import {
  Comment,
  FormatError,
  type Layout,
  type Node,
  type Scalar,
  type Store,
  UnholdableError,
} from "../tree.ts";
import { deepest, refuseAt, scanJson } from "./json_scan.ts";
import { jsonFloat } from "./numbers.ts";
import { roughLength, Sink } from "./sink.ts";

/**
 * JSON as SOPS 3.13.2 reads and writes it. Comments, which only YAML has, are left out when a tree
 * is written, as SOPS does.
 *
 * @see getsops/sops stores/json/store.go
 */
export const jsonStore: Store = {
  format: "json",
  parse(bytes) {
    const mapping = scanJson(decode(bytes));
    const found = mapping.entries.find((entry) => entry.kind === "pair" && entry.key === "sops");
    if (found?.kind !== "pair") return { tree: { documents: [mapping] } };
    if (found.value.kind !== "mapping") {
      throw new MetadataError("sops", "no mapping");
    }
    mapping.entries = mapping.entries.filter((entry) => entry !== found);
    return { tree: { documents: [mapping] }, metadata: found.value };
  },
  emit(tree, metadata, layout) {
    const [document, ...more] = tree.documents;
    if (!document || more.length > 0) {
      throw unholdable(`${tree.documents.length} documents`);
    }
    const entries = [...document.entries];
    if (metadata) entries.push({ kind: "pair", key: "sops", value: metadata });
    return write({ kind: "mapping", entries }, layout, "\n");
  },
  emitValue(node, layout) {
    if (node.kind === "scalar" && node.type === "str") return encode(node.reveal());
    return write(node, layout, node.kind === "mapping" ? "\n" : "");
  },
};

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const lossy = new TextDecoder().decode(bytes);
    throw refuseAt(lossy, Math.max(lossy.indexOf("\ufffd"), 0), "bytes that are no UTF-8");
  }
  if (text.startsWith("\ufeff")) throw new FormatError("json", "a byte order mark", 1, 1);
  return text;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function write(node: Node, layout: Layout | undefined, end: string): Uint8Array<ArrayBuffer> {
  const indent = layout?.indent ?? -1;
  if (indent < -1) throw new TypeError("an indentation below -1");
  const expected = node.kind === "mapping" ? roughLength({ documents: [node] }) : 0;
  const out = new Sink("json", expected);
  writeNode(node, indent === -1 ? "\t" : " ".repeat(indent), "\n", out, 0);
  out.put(end);
  return out.bytes();
}

function writeNode(node: Node, step: string, outer: string, out: Sink, depth: number): void {
  if (depth > deepest) throw unholdable(`more than ${deepest} levels`);
  if (node.kind === "null") {
    out.put("null");
  } else if (node.kind === "scalar") {
    out.put(scalarText(node));
  } else {
    const inner = outer + step;
    const [open, close] = node.kind === "mapping" ? "{}" : "[]";
    let first = true;
    out.put(open as string);
    for (const entry of node.kind === "mapping" ? node.entries : node.items) {
      if (entry instanceof Comment) continue;
      out.put(first ? inner : `,${inner}`);
      first = false;
      if (entry.kind === "pair") {
        if (entry.keyType !== undefined) throw unholdable(`a key of type "${entry.keyType}"`);
        out.put(`${quote(entry.key)}: `);
        writeNode(entry.value, step, inner, out, depth + 1);
      } else {
        writeNode(entry, step, inner, out, depth + 1);
      }
    }
    out.put(first ? close as string : outer + close);
  }
}

function scalarText(node: Scalar): string {
  const text = node.reveal();
  switch (node.type) {
    case "str":
    case "time":
      return quote(text);
    case "int":
      return text;
    case "bool":
      return text === "True" ? "true" : "false";
    case "float": {
      const written = jsonFloat(text);
      if (written === undefined) throw unholdable("a float that is no number");
      return written;
    }
    case "bytes":
      throw unholdable("bytes that are no UTF-8");
  }
}

/** A string as Go's `encoding/json` writes it: safe inside HTML and JavaScript too. */
function quote(text: string): string {
  if (!text.isWellFormed()) throw unholdable("half of a surrogate pair");
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function unholdable(reason: string): UnholdableError {
  return new UnholdableError("json", [], reason);
}
