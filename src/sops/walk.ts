import {
  type Aead,
  aeadFor,
  decryptValue,
  encryptValue,
  parseEncrypted,
  scalarBytes,
} from "./cipher.ts";
import { IntegrityError, UnsupportedError, ValueError } from "./errors.ts";
import { MacInput } from "./mac.ts";
import { Level, type Selection } from "./selectors.ts";
import { withText } from "./stores/comments.ts";
import {
  Comment,
  type Mapping,
  type Node,
  type Pair,
  type Path,
  Scalar,
  type Sequence,
  type Tree,
} from "./tree.ts";

const utf8 = new TextEncoder();

/** A decrypted tree with what its MAC should be. */
export interface Decrypted {
  readonly tree: Tree;
  /** Nodes whose ciphertext cannot be kept: they were not encrypted, or not in canonical form. */
  readonly inexact: ReadonlySet<Scalar | Comment>;
  /** Upper-case hexadecimal. */
  readonly mac: string;
}

/**
 * Decrypts every selected leaf. What comes back must not be used before the MAC was compared.
 *
 * An encrypted comment in a list may stand there as a value: SOPS up to 3.13.2 writes it so and
 * cannot read it again. It comes back as the comment that it was.
 *
 * @throws {IntegrityError} `leaf`, when one does not belong to this key and this place
 * @see getsops/sops sops.go, Tree.Decrypt; issue 2243
 */
export async function decryptTree(
  tree: Tree,
  aead: Aead,
  selection: Selection,
  options: { readonly macOnlyEncrypted: boolean; readonly expectedBytes: number },
): Promise<Decrypted> {
  const mac = new MacInput(options.macOnlyEncrypted, options.expectedBytes);
  const inexact = new Set<Scalar | Comment>();
  const at: (string | number)[] = [];
  const aads = new AadCache();

  const ofScalar = (scalar: Scalar, level: Level, prefix: string): Scalar | Comment => {
    const encrypted = level.encrypts;
    const text = scalar.reveal();
    if (!encrypted) {
      if (!options.macOnlyEncrypted) addToMac(mac, scalar);
      return scalar;
    }
    if (scalar.type !== "str") throw new IntegrityError("leaf", [...at], "malformed");
    if (text === "") return scalar;
    const value = parseEncrypted(text);
    if (!value) throw new IntegrityError("leaf", [...at], "malformed");
    const opened = decryptValue(aead, value, aads.bytes(prefix));
    if (!opened) throw new IntegrityError("leaf", [...at]);
    if (opened.type === "comment") return new Comment(opened.text);
    mac.addBytes(opened.bytes);
    const plain = new Scalar(opened.type, opened.text);
    if (!opened.exact) inexact.add(plain);
    return plain;
  };
  const ofComment = (comment: Comment, level: Level, prefix: string): Comment => {
    const text = comment.reveal();
    if (level.comment(text)) {
      const value = parseEncrypted(text);
      const opened = value && decryptValue(aead, value, aads.bytes(prefix));
      // SOPS forgets here that a comment stood behind a value; its output is what we match.
      if (opened) return new Comment(opened.text);
      // SOPS takes it for a comment that was never encrypted.
    }
    inexact.add(comment);
    return comment;
  };
  const ofMapping = ({ entries }: Mapping, level: Level, prefix: string): Mapping => ({
    kind: "mapping",
    entries: entries.map((entry): Pair | Comment => {
      if (entry.kind === "comment") return ofComment(entry, level, prefix);
      checkKey(entry);
      at.push(entry.key);
      const value = ofNode(entry.value, level.enter(entry.key), `${prefix}${entry.key}:`);
      at.pop();
      level.leave();
      if (value.kind === "comment") throw new IntegrityError("leaf", [...at, entry.key]);
      return { ...entry, value };
    }),
  });
  const ofSequence = ({ items }: Sequence, level: Level, prefix: string): Sequence => {
    let index = 0;
    return {
      kind: "sequence",
      items: items.map((item): Node | Comment => {
        if (item.kind === "comment") return ofComment(item, level, prefix);
        at.push(index++);
        const value = ofNode(item, level.enter(), prefix);
        at.pop();
        level.leave();
        return value;
      }),
    };
  };
  const ofNode = (node: Node, level: Level, prefix: string): Node | Comment => {
    switch (node.kind) {
      case "scalar":
        return ofScalar(node, level, prefix);
      case "mapping":
        return ofMapping(node, level.inner(), prefix);
      case "sequence":
        return ofSequence(node, level.inner(), prefix);
      case "null":
        return node;
    }
  };
  const documents = tree.documents.map((each) => ofMapping(each, new Level(selection), ""));
  return { tree: { documents }, inexact, mac: await mac.digest() };
}

/** Ciphertexts by what they say and where; what did not change keeps its own. */
export class Stash {
  readonly #known = new Map<string, string>();

  /**
   * @param sealed a tree as it stands in the file
   * @param plain the same tree, decrypted
   * @param inexact nodes of `plain` to leave out
   */
  constructor(sealed?: Tree, plain?: Tree, inexact: ReadonlySet<Scalar | Comment> = new Set()) {
    const remember = (cipher: Node | Comment, clear: Node | Comment, prefix: string): void => {
      if (clear.kind === "mapping" && cipher.kind === "mapping") {
        for (const [index, entry] of clear.entries.entries()) {
          const match = cipher.entries[index]!;
          if (entry.kind === "comment") remember(match as Comment, entry, prefix);
          else remember((match as Pair).value, entry.value, `${prefix}${entry.key}:`);
        }
      } else if (clear.kind === "sequence" && cipher.kind === "sequence") {
        for (const [index, item] of clear.items.entries()) {
          remember(cipher.items[index]!, item, prefix);
        }
      } else if (clear.kind === "scalar" || clear.kind === "comment") {
        if (clear === cipher || inexact.has(clear)) return;
        this.#known.set(stashKey(clear, prefix), (cipher as Scalar | Comment).reveal());
      }
    };
    for (const [index, document] of (plain?.documents ?? []).entries()) {
      remember(sealed!.documents[index]!, document, "");
    }
  }

  /** @returns the ciphertext of that value at that place, if there is one */
  find(node: Scalar | Comment, prefix: string): string | undefined {
    return this.#known.get(stashKey(node, prefix));
  }
}

function stashKey(node: Scalar | Comment, prefix: string): string {
  const type = node.kind === "comment" ? "comment" : node.type;
  return `${type}\0${prefix}\0${node.reveal()}`;
}

/**
 * Encrypts every selected leaf; those that the stash knows keep their ciphertext.
 *
 * @param options `allowNul`: whether new values may hold NUL, which no environment variable can
 * @returns the encrypted tree, and the MAC in upper-case hexadecimal
 * @throws {ValueError} when a new value holds NUL
 * @see getsops/sops sops.go, Tree.Encrypt
 */
export async function encryptTree(
  tree: Tree,
  key: Uint8Array<ArrayBuffer>,
  selection: Selection,
  stash: Stash,
  options: {
    readonly macOnlyEncrypted: boolean;
    readonly allowNul: boolean;
    readonly random: (length: number) => Uint8Array<ArrayBuffer>;
  },
): Promise<{ tree: Tree; mac: string }> {
  const mac = new MacInput(options.macOnlyEncrypted);
  const at: (string | number)[] = [];
  const aads = new AadCache();
  const fresh: {
    readonly node: Scalar | Comment;
    readonly prefix: string;
    put(text: string): void;
  }[] = [];
  let freshCharacters = 0;
  const encryptLater = (
    node: Scalar | Comment,
    prefix: string,
    put: (text: string) => void,
  ): void => {
    const text = node.reveal();
    if (node.kind === "scalar" && !options.allowNul && text.includes("\0")) {
      throw new ValueError([...at], "NUL");
    }
    freshCharacters += text.length;
    fresh.push({ node, prefix, put });
  };

  const ofComment = (
    comment: Comment,
    level: Level,
    prefix: string,
    put: (comment: Comment) => void,
  ): Comment => {
    const text = comment.reveal();
    if (!level.comment(text) || text === "") return comment;
    const known = stash.find(comment, prefix);
    if (known !== undefined) return withText(comment, known);
    encryptLater(comment, prefix, (sealed) => put(withText(comment, sealed)));
    return comment;
  };
  const ofScalar = (
    scalar: Scalar,
    level: Level,
    prefix: string,
    put: (scalar: Scalar) => void,
  ): Scalar => {
    const encrypted = level.encrypts;
    if (encrypted || !options.macOnlyEncrypted) addToMac(mac, scalar);
    if (!encrypted) return scalar;
    const text = scalar.reveal();
    if (text === "") return scalar.type === "str" ? scalar : new Scalar("str", "");
    const known = stash.find(scalar, prefix);
    if (known !== undefined) return new Scalar("str", known);
    encryptLater(scalar, prefix, (sealed) => put(new Scalar("str", sealed)));
    return scalar;
  };
  const ofMapping = ({ entries }: Mapping, level: Level, prefix: string): Mapping => {
    const sealed: (Pair | Comment)[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === "comment") {
        sealed.push(ofComment(entry, level, prefix, (comment) => sealed[index] = comment));
        continue;
      }
      checkKey(entry);
      at.push(entry.key);
      const pair: Pair = { ...entry };
      pair.value = ofNode(
        entry.value,
        level.enter(entry.key),
        `${prefix}${entry.key}:`,
        (scalar) => pair.value = scalar,
      );
      sealed.push(pair);
      at.pop();
      level.leave();
    }
    return { kind: "mapping", entries: sealed };
  };
  const ofSequence = ({ items }: Sequence, level: Level, prefix: string): Sequence => {
    const sealed: (Node | Comment)[] = [];
    let count = 0;
    for (const [index, item] of items.entries()) {
      if (item.kind === "comment") {
        sealed.push(ofComment(item, level, prefix, (comment) => sealed[index] = comment));
        continue;
      }
      at.push(count++);
      sealed.push(ofNode(item, level.enter(), prefix, (scalar) => sealed[index] = scalar));
      at.pop();
      level.leave();
    }
    return { kind: "sequence", items: sealed };
  };
  const ofNode = (
    node: Node,
    level: Level,
    prefix: string,
    put: (scalar: Scalar) => void,
  ): Node => {
    switch (node.kind) {
      case "scalar":
        return ofScalar(node, level, prefix, put);
      case "mapping":
        return ofMapping(node, level.inner(), prefix);
      case "sequence":
        return ofSequence(node, level.inner(), prefix);
      case "null":
        return node;
    }
  };
  const documents = tree.documents.map((each) => ofMapping(each, new Level(selection), ""));

  if (fresh.length > 0) {
    const aead = await aeadFor(key, { leaves: fresh.length, characters: freshCharacters });
    for (const { node, prefix, put } of fresh) {
      const type = node.kind === "comment" ? "comment" : node.type;
      put(encryptValue(aead, type, node.reveal(), aads.bytes(prefix), options.random));
    }
  }
  return { tree: { documents }, mac: await mac.digest() };
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

/** How much there is to decrypt. */
export function sealedWork(tree: Tree): { leaves: number; characters: number } {
  const work = { leaves: 0, characters: 0 };
  const count = (node: Node | Comment): void => {
    if (node.kind === "scalar" || node.kind === "comment") {
      const text = node.reveal();
      if (!text.startsWith("ENC[")) return;
      work.leaves++;
      work.characters += text.length;
    } else if (node.kind === "mapping") {
      for (const entry of node.entries) count(entry.kind === "pair" ? entry.value : entry);
    } else if (node.kind === "sequence") node.items.forEach(count);
  };
  tree.documents.forEach(count);
  return work;
}

/** SOPS reads and writes string keys only. */
function checkKey(pair: Pair): void {
  if (pair.keyType !== undefined) throw new UnsupportedError("mapping key", pair.key);
}

function addToMac(mac: MacInput, scalar: Scalar): void {
  if (scalar.type === "bytes") mac.addBytes(scalarBytes("bytes", scalar.reveal()));
  else mac.addText(scalar.reveal());
}

/** The bytes of an AAD; the items of a list, which share theirs, share the bytes as well. */
class AadCache {
  #prefix: string | undefined;
  #bytes = new Uint8Array();

  /** @param prefix map keys, each with a ":" behind it; empty at the top, where the AAD is ":" */
  bytes(prefix: string): Uint8Array<ArrayBuffer> {
    if (prefix !== this.#prefix) {
      this.#prefix = prefix;
      this.#bytes = utf8.encode(prefix || ":");
    }
    return this.#bytes;
  }
}
