import {
  type Aead,
  aeadFor,
  decryptValues,
  encryptValues,
  parseEncrypted,
  type PlainValue,
  scalarBytes,
} from "./cipher.ts";
import { IntegrityError, UnsupportedError, ValueError } from "./errors.ts";
import { MacInput } from "./mac.ts";
import { leavesOf } from "./paths.ts";
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
  // What is to be decrypted and what goes into the MAC, in the order of the file.
  const steps: (Scalar | Sealed)[] = [];
  const inexact = new Set<Scalar | Comment>();

  const ofScalar = (scalar: Scalar, level: Level, prefix: string, put: Sealed["put"]): Scalar => {
    if (level.encrypts) {
      if (scalar.type !== "str" || scalar.reveal() !== "") {
        steps.push({ node: scalar, prefix, put });
      }
    } else if (!options.macOnlyEncrypted) steps.push(scalar);
    return scalar;
  };
  const ofComment = (
    comment: Comment,
    level: Level,
    prefix: string,
    put: Sealed["put"],
  ): Comment => {
    if (level.comment(comment.reveal())) steps.push({ node: comment, prefix, put });
    else inexact.add(comment);
    return comment;
  };
  const ofMapping = ({ entries }: Mapping, level: Level, prefix: string): Mapping => {
    const plain: (Pair | Comment)[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === "comment") {
        plain.push(ofComment(entry, level, prefix, (node) => plain[index] = node as Comment));
        continue;
      }
      checkKey(entry);
      const pair: Pair = { ...entry };
      plain.push(pair);
      const put = (node: Scalar | Comment) => {
        // Only a list can hold a comment as a value.
        if (node.kind === "comment") throw integrityAt(tree, entry.value, "mismatch");
        pair.value = node;
      };
      pair.value = ofNode(entry.value, level.enter(entry.key), `${prefix}${entry.key}:`, put);
      level.leave();
    }
    return { kind: "mapping", entries: plain };
  };
  const ofSequence = ({ items }: Sequence, level: Level, prefix: string): Sequence => {
    const plain: (Node | Comment)[] = [];
    for (const [index, item] of items.entries()) {
      const put = (node: Scalar | Comment) => plain[index] = node;
      if (item.kind === "comment") {
        plain.push(ofComment(item, level, prefix, put));
        continue;
      }
      plain.push(ofNode(item, level.enter(), prefix, put));
      level.leave();
    }
    return { kind: "sequence", items: plain };
  };
  const ofNode = (node: Node, level: Level, prefix: string, put: Sealed["put"]): Node => {
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

  const mac = new MacInput(options.macOnlyEncrypted, options.expectedBytes);
  const aads = new AadCache();
  for (let start = 0; start < steps.length; start += batch) {
    const some = steps.slice(start, start + batch);
    const values = some.map((step) =>
      step instanceof Scalar ? undefined : parseEncrypted(step.node.reveal())
    );
    const items = some.flatMap((step, index) => {
      const value = values[index];
      return value && !(step instanceof Scalar) ? [{ value, aad: aads.bytes(step.prefix) }] : [];
    });
    const opened = (await decryptValues(aead, items)).values();
    for (const [index, step] of some.entries()) {
      if (step instanceof Scalar) {
        addToMac(mac, step);
        continue;
      }
      const value = values[index] ? opened.next().value : undefined;
      if (step.node.kind === "comment") {
        // SOPS takes what does not open for a comment that was never encrypted. It forgets that
        // one stood behind a value; its output is what we match.
        if (value) step.put(new Comment(value.text));
        else inexact.add(step.node);
        continue;
      }
      if (!value) {
        throw integrityAt(tree, step.node, values[index] ? "mismatch" : "malformed");
      }
      if (value.type === "comment") {
        step.put(new Comment(value.text));
        continue;
      }
      mac.addBytes(value.bytes);
      const plain = new Scalar(value.type, value.text);
      if (!value.exact) inexact.add(plain);
      step.put(plain);
    }
  }
  return { tree: { documents }, inexact, mac: await mac.digest() };
}

/** A value of the file that is to be decrypted. */
interface Sealed {
  readonly node: Scalar | Comment;
  readonly prefix: string;
  /** Puts the decrypted node in its place. */
  put(node: Scalar | Comment): void;
}

/** How many values are in hand at once; more take memory and save nothing. */
const batch = 1024;

/** The error for a leaf, with its path, which is looked for only now. */
function integrityAt(tree: Tree, node: Node, reason: IntegrityError["reason"]): IntegrityError {
  for (const document of tree.documents) {
    for (const { path, value } of leavesOf(document)) {
      if (value === node) return new IntegrityError("leaf", path, reason);
    }
  }
  return new IntegrityError("leaf", undefined, reason);
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
    for (let start = 0; start < fresh.length; start += batch) {
      const some = fresh.slice(start, start + batch);
      const values = some.map(({ node, prefix }): PlainValue => ({
        type: node.kind === "comment" ? "comment" : node.type,
        text: node.reveal(),
        aad: aads.bytes(prefix),
      }));
      const sealed = await encryptValues(aead, values, options.random);
      for (const [index, { put }] of some.entries()) put(sealed[index]!);
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
