import { MetadataError } from "../errors.ts";
import {
  Comment,
  FormatError,
  type Mapping,
  type Pair,
  type Path,
  Scalar,
  type Store,
  type Tree,
  UnholdableError,
} from "../tree.ts";
import { type FlatEntry, flatten, unflatten } from "./flat/flatten.ts";
import { decodeAny, encodeAny, scalarOf, textOfScalar } from "./flat/text.ts";
import { flatText } from "./flat/values.ts";
import { type IniKey, type IniSection, readIni } from "./ini/read.ts";
import { UnquotableError, writeIni } from "./ini/write.ts";

const metadataKey = "sops";

/**
 * INI as SOPS 3.13.2 reads and writes it: sections of strings, the metadata in a section of its own.
 * A comment stands behind the key that it was above, and at the head of its section.
 *
 * @see getsops/sops stores/ini/store.go
 */
export const iniStore: Store = {
  format: "ini",
  parse(bytes) {
    const sections = readIni(decode(bytes), false);
    const [found, second] = sections.filter(({ name }) => name === metadataKey);
    if (second) throw new MetadataError(metadataKey, "it is there twice");
    if (!found) return { tree: treeOf(sections) };
    const flat = found.keys.map(({ name, value }): FlatEntry => ({
      key: name,
      value: new Scalar("str", value.replaceAll("\\n", "\n")),
    }));
    return {
      tree: treeOf(sections.filter((section) => section !== found)),
      metadata: unflatten(flat),
    };
  },
  parsePlain: (bytes) => treeOf(readIni(decode(bytes), true)),
  emit(tree, metadata) {
    if (metadata && tree.documents.length !== 1) {
      throw new UnholdableError("ini", [], `${tree.documents.length} documents`);
    }
    const sealed = metadata !== undefined;
    const sections = tree.documents.flatMap(({ entries }) =>
      entries.flatMap((entry) => entry.kind === "comment" ? [] : [sectionOf(entry, sealed)])
    );
    if (metadata) {
      const keys = flatten(metadata).map(({ key, value }): IniKey => ({
        name: key,
        value: flatText(value, "ini", [metadataKey, key], false).replaceAll("\n", "\\n"),
        comment: "",
      }));
      sections.push({ name: metadataKey, comment: "", keys });
    }
    try {
      const text = writeIni(sections);
      // A byte order mark at the beginning is no part of what is read.
      return encodeAny(text.startsWith("\ufeff") ? `\ufeff${text}` : text);
    } catch (error) {
      if (!(error instanceof UnquotableError)) throw error;
      const { section, key, part } = error;
      throw new UnholdableError("ini", [section, key], `that ${part}`);
    }
  },
  emitValue(node) {
    if (node.kind === "mapping" || node.kind === "sequence" || node.kind === "null") {
      throw new UnholdableError("ini", [], "that value alone");
    }
    const text = node.reveal();
    if (node.type === "str" || node.type === "bytes") return encodeAny(textOfScalar(node));
    return encodeAny(
      node.type === "bool" ? text.toLowerCase() : node.type === "time" ? `"${text}"` : text,
    );
  },
};

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe || first === 0xfe && second === 0xff) {
    throw new FormatError("ini", "UTF-16, where UTF-8 is expected", 1);
  }
  const text = decodeAny(bytes);
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function treeOf(sections: readonly IniSection[]): Tree {
  const entries = sections.map(({ name, comment, keys }): Pair => {
    const inside: Mapping["entries"] = [];
    if (comment !== "") inside.push(commentOf(comment));
    for (const key of keys) {
      inside.push({ kind: "pair", key: named(key.name), value: scalarOf(key.value) });
      if (key.comment !== "") inside.push(commentOf(key.comment));
    }
    return { kind: "pair", key: named(name), value: { kind: "mapping", entries: inside } };
  });
  return { documents: [{ kind: "mapping", entries }] };
}

function named(name: string): string {
  if (!name.isWellFormed()) throw new FormatError("ini", "a name that is no UTF-8");
  return name;
}

/** Without the mark of its first line. */
function commentOf(text: string): Comment {
  if (!text.isWellFormed()) throw new FormatError("ini", "a comment that is no UTF-8");
  return new Comment(text.replace(/^(?:;[; ]*|#[# ]*)/, ""));
}

function sectionOf({ key: name, keyType, value }: Pair, sealed: boolean): IniSection {
  if (keyType !== undefined || name === "" || name.includes("\n")) {
    throw new UnholdableError("ini", [name], "a section of that name");
  }
  if (value.kind !== "mapping") {
    throw new UnholdableError("ini", [name], "a value that is in no section");
  }
  const [first, ...others] = value.entries;
  const headed = first?.kind === "comment";
  const keys: { name: string; value: string; comment: string }[] = [];
  for (const entry of headed ? others : value.entries) {
    if (entry.kind === "comment") {
      // SOPS has one comment a key, the last one, and none before the first key.
      const last = keys.at(-1);
      if (last) last.comment = entry.reveal();
      continue;
    }
    const path: Path = [name, entry.key];
    if (entry.keyType !== undefined) {
      throw new UnholdableError("ini", path, "a key that is no string");
    }
    keys.push({ name: entry.key, value: flatText(entry.value, "ini", path, sealed), comment: "" });
  }
  return { name, comment: headed ? first.reveal() : "", keys };
}
