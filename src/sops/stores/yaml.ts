import { MetadataError } from "../errors.ts";
import {
  FormatError,
  type Layout,
  type Mapping,
  type Node,
  type Store,
  type Tree,
} from "../tree.ts";
import { roughLength } from "./sink.ts";
import { YamlWriter } from "./yaml/emit.ts";
import { scanYaml } from "./yaml/quick.ts";
import { refuse } from "./yaml/text.ts";

let reader: typeof import("./yaml/full.ts") | undefined;
let builder: typeof import("./yaml/tree.ts") | undefined;

/** Loads what reads any YAML; without it `yamlStore` reads only what it knows at a glance. */
export async function loadFullYaml(): Promise<void> {
  [reader, builder] = await Promise.all([import("./yaml/full.ts"), import("./yaml/tree.ts")]);
}

/**
 * Reads a file, and loads the YAML library only where it is needed.
 *
 * @throws {FormatError} when the bytes are no YAML that SOPS can hold
 */
export async function parseYaml(bytes: Uint8Array): Promise<{ tree: Tree; metadata?: Mapping }> {
  const text = decode(bytes);
  const scanned = scanYaml(text);
  if (scanned) return split([scanned]);
  await loadFullYaml();
  return split(readFully(text));
}

/** YAML as SOPS 3.13.2 reads and writes it. */
export const yamlStore: Store = {
  format: "yaml",
  parse(bytes) {
    const text = decode(bytes);
    const scanned = scanYaml(text);
    return split(scanned ? [scanned] : readFully(text));
  },
  emit(tree, metadata, layout) {
    const writer = new YamlWriter(step(layout), roughLength(tree));
    for (const [at, document] of tree.documents.entries()) {
      writer.document(metadata ? withMetadata(document, metadata) : document, at > 0);
    }
    return writer.bytes();
  },
  emitValue(node, layout) {
    if (node.kind === "scalar" && (node.type === "str" || node.type === "bytes")) {
      return node.type === "str" ? new TextEncoder().encode(node.reveal()) : latin1(node.reveal());
    }
    const writer = new YamlWriter(node.kind === "mapping" ? step(layout) : 4);
    writer.document(node, false);
    return writer.bytes();
  },
};

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** go-yaml takes 2 for what it does not do. */
function step(layout: Layout | undefined): number {
  const indent = layout?.indent ?? 0;
  if (indent < 0) throw new TypeError("a negative indentation");
  if (indent === 0) return 4;
  return indent < 2 || indent > 9 ? 2 : indent;
}

function withMetadata(document: Mapping, metadata: Mapping): Mapping {
  const entry: Mapping["entries"][number] = { kind: "pair", key: "sops", value: metadata };
  return { kind: "mapping", entries: [...document.entries, entry] };
}

// deno-lint-ignore no-control-regex
const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe || first === 0xfe && second === 0xff) {
    throw new FormatError("yaml", "UTF-16, where UTF-8 is expected", 1, 1);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const lossy = new TextDecoder().decode(bytes);
    throw refuse(lossy, Math.max(lossy.indexOf("\ufffd"), 0), "bytes that are no UTF-8");
  }
  if (text.startsWith("\ufeff")) text = text.slice(1);
  const at = text.search(control);
  if (at !== -1) throw refuse(text, at, "a control character");
  return text;
}

function readFully(text: string): Mapping[] {
  if (text === "") return [];
  if (!reader || !builder) throw new Error("The full YAML reader is not loaded");
  const odd = text.search(/\r(?!\n)|\u0085|(?:^|[\n\u2028\u2029])[\u2028\u2029]/);
  if (odd !== -1) throw refuse(text, odd, "a line break that is not LF or CR LF");
  const nodes = reader.readNodes(text);
  if (nodes.length === 0) throw refuse(text, 0, "there is no document");
  const { documentTree } = builder;
  return nodes.map((document) => documentTree(text, document));
}

const metadataKey = "sops";

/** Takes the `sops` entry out; it stands in every document, and the first one's is read. */
function split(documents: Mapping[]): { tree: Tree; metadata?: Mapping } {
  const [first] = documents;
  const found = first && entryOf(first);
  if (!found) return { tree: { documents } };
  if (found.kind !== "mapping") throw new MetadataError("sops", "no mapping");
  for (const document of documents) {
    document.entries = document.entries.filter((entry) =>
      entry.kind !== "pair" || entry.key !== metadataKey || entry.keyType !== undefined
    );
  }
  return { tree: { documents }, metadata: found };
}

function entryOf(document: Mapping): Node | undefined {
  for (const entry of document.entries) {
    if (entry.kind === "pair" && entry.key === metadataKey && !entry.keyType) return entry.value;
  }
  return undefined;
}
