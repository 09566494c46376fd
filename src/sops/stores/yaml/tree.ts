import { floatText } from "../../canonical.ts";
import { Comment, type Mapping, type Node, type Pair, Scalar } from "../../tree.ts";
import { InlineComment } from "../comments.ts";
import { deepest } from "./emit.ts";
import type { YamlNode } from "./node.ts";
import { number, type Resolved, resolvePlain, timestamp } from "./resolve.ts";
import { refuse } from "./text.ts";

/**
 * What SOPS makes of one document: values with go-yaml's types, aliases expanded, and comments in
 * line with the entries they stand by.
 *
 * @param text the whole text, for the places of faults
 * @throws {FormatError} for what SOPS refuses, and for what it would silently lose
 * @see getsops/sops stores/yaml/store.go
 */
export function documentTree(text: string, document: YamlNode): Mapping {
  const build = new Build(text);
  const mapping: Mapping = { kind: "mapping", entries: [] };
  comments(mapping.entries, document.head);
  const [root] = document.content;
  if (root) build.root(root, mapping.entries);
  comments(mapping.entries, document.foot);
  return mapping;
}

function comments(into: (Comment | Pair | Node)[], text: string, inline = false): void {
  if (text === "") return;
  for (const line of text.split("\n")) {
    if (line !== "") {
      into.push(inline ? new InlineComment(line.slice(1)) : new Comment(line.slice(1)));
    }
  }
}

/** go-yaml's share of nodes that may come from aliases, by how many nodes there are. */
function allowedShare(nodes: number): number {
  const [low, high] = [400_000, 4_000_000];
  if (nodes <= low) return 0.99;
  return nodes >= high ? 0.1 : 0.99 - 0.89 * (nodes - low) / (high - low);
}

class Build {
  #nodes = 0;
  #aliased = 0;
  #open = new Set<YamlNode>();
  #depth = 0;

  constructor(readonly text: string) {}

  #refuse(node: YamlNode, reason: string) {
    return refuse(this.text, node.offset, reason);
  }

  root(node: YamlNode, into: Mapping["entries"]): void {
    comments(into, node.head);
    comments(into, node.line);
    if (node.kind === "scalar" && this.#scalar(node).kind === "null") return;
    if (node.kind !== "mapping") throw this.#refuse(node, "the top level is no mapping");
    this.#pairs(node, into);
    comments(into, node.foot);
  }

  #count(node: YamlNode): void {
    this.#nodes++;
    if (this.#open.size > 0) this.#aliased++;
    if (
      this.#aliased > 100 && this.#nodes > 1000 &&
      this.#aliased / this.#nodes > allowedShare(this.#nodes)
    ) {
      throw this.#refuse(node, "aliases that expand to too much");
    }
  }

  #value(node: YamlNode, handled: boolean): Node {
    this.#count(node);
    switch (node.kind) {
      case "scalar":
        return this.#scalar(node);
      case "alias":
        return this.#alias(node, (target) => this.#value(target, false));
      case "mapping": {
        const mapping: Mapping = { kind: "mapping", entries: [] };
        this.#within(node, () => {
          if (!handled) this.#before(node, mapping.entries);
          this.#pairs(node, mapping.entries);
          if (!handled) comments(mapping.entries, node.foot);
        });
        return mapping;
      }
      case "sequence": {
        const items: (Node | Comment)[] = [];
        this.#within(node, () => {
          if (!handled) this.#before(node, items);
          for (const item of node.content) {
            comments(items, item.head);
            comments(items, item.line, true);
            items.push(this.#value(item, true));
            comments(items, item.foot);
          }
          if (!handled) comments(items, node.foot);
        });
        return { kind: "sequence", items };
      }
      case "document":
        throw this.#refuse(node, "a document in a document");
    }
  }

  #before(node: YamlNode, into: (Comment | Pair | Node)[]): void {
    comments(into, node.head);
    comments(into, node.line);
  }

  #within(node: YamlNode, fill: () => void): void {
    const kept = node.kind === "mapping" ? "!!map" : "!!seq";
    if (node.tag !== undefined && node.tag !== kept) throw this.#refuse(node, lostTag);
    if (++this.#depth > deepest) throw this.#refuse(node, `more than ${deepest} levels`);
    fill();
    this.#depth--;
  }

  #alias<T>(node: YamlNode, expand: (target: YamlNode) => T): T {
    const { target } = node;
    if (!target) throw this.#refuse(node, "an alias to an anchor that is not there");
    if (this.#open.has(target)) throw this.#refuse(node, "an alias to what it is a part of");
    this.#open.add(target);
    const expanded = expand(target);
    this.#open.delete(target);
    return expanded;
  }

  #pairs(node: YamlNode, into: Mapping["entries"]): void {
    const names = new Set<string>();
    for (let at = 0; at + 1 < node.content.length; at += 2) {
      const key = node.content[at] as YamlNode;
      const value = node.content[at + 1] as YamlNode;
      comments(into, key.head);
      comments(into, key.line);
      const leaf = value.kind === "scalar" || value.kind === "alias";
      if (leaf) {
        comments(into, value.head);
        comments(into, value.line, true);
      }
      const pair = this.#key(key);
      if (names.has(pair.name)) throw this.#refuse(key, "a key that is there already");
      names.add(pair.name);
      if (pair.merges) this.#checkMerge(value);
      into.push({ kind: "pair", ...pair.key, value: this.#value(value, leaf) });
      if (leaf) comments(into, value.foot);
      comments(into, key.foot);
    }
  }

  #key(node: YamlNode): {
    key: Pick<Pair, "key" | "keyType">;
    name: string;
    merges: boolean;
  } {
    this.#count(node);
    if (node.kind === "alias") return this.#alias(node, (target) => this.#key(target));
    if (node.kind !== "scalar") throw this.#refuse(node, "a key that is a mapping or a list");
    const value = this.#scalar(node);
    const merges = node.text === "<<" && (node.plain && !node.tag || node.tag === "!!merge");
    if (value.kind === "null") return { key: { key: "null", keyType: "null" }, name: "", merges };
    if (value.kind !== "scalar") throw this.#refuse(node, "a key that is a mapping or a list");
    const key = value.reveal();
    return {
      key: value.type === "str" ? { key } : { key, keyType: value.type },
      name: node.text,
      merges,
    };
  }

  #checkMerge(value: YamlNode): void {
    const mergeable = (node: YamlNode) => (node.target ?? node).kind === "mapping";
    if (mergeable(value)) return;
    if (value.kind === "sequence" && value.content.every(mergeable)) return;
    throw this.#refuse(value, "a merge of something that is no mapping");
  }

  #scalar(node: YamlNode): Node {
    switch (node.tag) {
      case undefined:
        return node.plain ? this.#typed(node, resolvePlain(node.text)) : string(node.text);
      case "!!str":
      case "!!merge":
        return string(node.text);
      case "!!binary":
        return this.#binary(node);
      case "!!null":
      case "!!bool":
      case "!!int":
      case "!!float":
      case "!!timestamp":
        return this.#typed(node, this.#tagged(node, node.tag));
      default:
        throw this.#refuse(node, lostTag);
    }
  }

  #typed(node: YamlNode, resolved: Resolved | undefined): Node {
    if (resolved === undefined) return string(node.text);
    switch (resolved.type) {
      case "null":
        return { kind: "null" };
      case "unheld":
        throw this.#refuse(node, "a number or a time that SOPS cannot hold");
      default:
        return new Scalar(resolved.type, resolved.text);
    }
  }

  #tagged(node: YamlNode, tag: string): Resolved {
    const { text } = node;
    const dated = tag === "!!timestamp" ? timestamp(text) : undefined;
    const found = dated ??
      (/^[0-9+-]/.test(text) ? named(text) ?? number(text) : resolvePlain(text));
    if (found?.type === "int" && tag === "!!float") {
      return { type: "float", text: floatText(Number(found.text)) };
    }
    const wanted = tag === "!!timestamp" ? "time" : tag.slice(2);
    if (found?.type !== wanted) throw this.#refuse(node, `a value that is no ${tag}`);
    return found;
  }

  #binary(node: YamlNode): Node {
    let bytes: string;
    try {
      const encoded = node.text.replace(/[\r\n]/g, "");
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0) throw new Error();
      bytes = atob(encoded);
    } catch {
      throw this.#refuse(node, "!!binary that is no base64");
    }
    try {
      const raw = Uint8Array.from(bytes, (char) => char.charCodeAt(0));
      return string(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw));
    } catch {
      return new Scalar("bytes", bytes);
    }
  }
}

const lostTag = "a tag that SOPS would lose";

/** `+.inf` and `-.inf`, which begin like numbers. */
function named(text: string): Resolved | undefined {
  const found = text.endsWith("f") || text.endsWith("F") ? resolvePlain(text) : undefined;
  return found?.type === "float" ? found : undefined;
}

const string = (text: string): Node => new Scalar("str", text);
