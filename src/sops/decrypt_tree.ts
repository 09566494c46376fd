import type { Aead } from "./aead/aead.ts";
import { AadCache, batch, decryptValues } from "./cipher.ts";
import { parseEncrypted } from "./encrypted_value.ts";
import { IntegrityError } from "./errors.ts";
import { MacInput } from "./mac.ts";
import { pathOf, scalarsOf } from "./paths.ts";
import type { Selection } from "./selectors.ts";
import { Slab } from "./slab.ts";
import { Comment, type Node, Scalar, type Tree } from "./tree.ts";
import { mapLeaves, type Place, placedLeaves } from "./walk.ts";

/** How a tree was encrypted. */
export interface DecryptOptions {
  readonly selection: Selection;
  readonly macOnlyEncrypted: boolean;
  /** How many bytes will go into the MAC, roughly. */
  readonly expectedBytes: number;
}

/** A decrypted tree with what its MAC should be. */
export interface Decrypted {
  /** What of it keeps its ciphertext knows it. */
  readonly tree: Tree;
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
  options: DecryptOptions,
): Promise<Decrypted> {
  const opener = new Opener(tree, aead, options);
  let steps: { readonly node: Scalar | Comment; readonly place: Place; prefix?: string }[] = [];
  const plainTree = await mapLeaves(
    tree,
    options.selection,
    {
      scalar(scalar, place) {
        if (!place.encrypts) {
          if (!options.macOnlyEncrypted) steps.push({ node: scalar, place });
        } else if (!isEmpty(scalar)) {
          steps.push({ node: scalar, place, prefix: place.prefix });
        }
        return scalar;
      },
      comment(comment, place) {
        if (place.encrypts) steps.push({ node: comment, place, prefix: place.prefix });
        return comment;
      },
      get full() {
        return steps.length >= batch;
      },
    },
    async () => {
      const some = steps;
      steps = [];
      const opened = await opener.open(some);
      for (const [index, { node, place }] of some.entries()) {
        const plain = opened[index]!;
        if (plain === node) continue;
        if (plain.kind === "comment" && node.kind === "scalar" && !place.inList) {
          throw integrityAt(tree, node, "mismatch");
        }
        place.put(plain);
      }
    },
  );
  return { tree: plainTree, mac: await opener.mac.digest() };
}

/**
 * Decrypts every selected leaf and compares it with what it should be, in the order of the file,
 * and keeps none: what `decryptTree` and a comparison would say, in less memory. The two trees have
 * to have the same shape, comments aside.
 *
 * @returns the MAC in upper-case hexadecimal; nothing when a leaf differs
 * @throws {IntegrityError} `leaf`, when one does not belong to this key and this place
 */
export async function compareTree(
  tree: Tree,
  expected: Tree,
  same: (one: Scalar, other: Scalar) => boolean,
  aead: Aead,
  options: DecryptOptions,
): Promise<string | undefined> {
  const opener = new Opener(tree, aead, options);
  const all = expected.documents.values().flatMap((document) => scalarsOf(document));
  let steps: { readonly node: Scalar; readonly prefix?: string; readonly expected: Scalar }[] = [];
  const differs = async (): Promise<boolean> => {
    const some = steps;
    steps = [];
    const opened = await opener.open(some);
    return some.some(({ expected }, index) => {
      const plain = opened[index]!;
      return plain.kind !== "scalar" || !same(plain, expected);
    });
  };
  for (const { scalar, prefix, encrypts } of placedLeaves(tree, options.selection)) {
    const { value } = all.next();
    if (!value) return undefined;
    const sealed = encrypts && !isEmpty(scalar);
    if (sealed) steps.push({ node: scalar, prefix, expected: value });
    else if (!same(scalar, value)) return undefined;
    else if (!encrypts && !options.macOnlyEncrypted) steps.push({ node: scalar, expected: value });
    if (steps.length >= batch && await differs()) return undefined;
  }
  return await differs() || !all.next().done ? undefined : await opener.mac.digest();
}

/** SOPS leaves it as it is, and it adds nothing to the MAC. */
function isEmpty(scalar: Scalar): boolean {
  return scalar.type === "str" && scalar.reveal() === "";
}

/** Decrypts values, and hashes them for the MAC, in the order in which they come. */
class Opener {
  readonly mac: MacInput;
  readonly #slab = new Slab();
  readonly #aads = new AadCache(this.#slab);

  constructor(
    readonly tree: Tree,
    readonly aead: Aead,
    { macOnlyEncrypted, expectedBytes }: DecryptOptions,
  ) {
    this.mac = new MacInput(macOnlyEncrypted, expectedBytes);
  }

  /**
   * @param steps without a prefix where a leaf is not encrypted and is only hashed
   * @returns each in plaintext; the comment itself where it was never encrypted
   * @throws {IntegrityError} for the first leaf that does not open
   */
  async open(
    steps: readonly { readonly node: Scalar | Comment; readonly prefix?: string }[],
  ): Promise<(Scalar | Comment)[]> {
    const values = steps.map(({ node, prefix }) =>
      prefix === undefined ? undefined : parseEncrypted(node.reveal(), this.#slab)
    );
    const items = values.flatMap((value, index) =>
      value ? [{ value, aad: this.#aads.bytes(steps[index]!.prefix!) }] : []
    );
    const opened = (await decryptValues(this.aead, items)).values();
    const plain = steps.map(({ node, prefix }, index) => {
      if (prefix === undefined) {
        if (node.kind === "scalar") this.mac.addScalar(node);
        return node;
      }
      const value = values[index] ? opened.next().value : undefined;
      // SOPS takes what does not open for a comment that was never encrypted. It forgets that one
      // stood behind a value; its output is what we match.
      if (!value) {
        if (node.kind === "comment") return node;
        throw integrityAt(this.tree, node, values[index] ? "mismatch" : "malformed");
      }
      const sealed = value.exact ? node.reveal() : undefined;
      if (node.kind === "comment" || value.type === "comment") {
        return new Comment(value.text, sealed);
      }
      this.mac.addBytes(value.bytes);
      return new Scalar(value.type, value.text, sealed);
    });
    this.#aads.forget();
    this.#slab.clear();
    return plain;
  }
}

/** The error for a leaf, with its path, which is looked for only now. */
function integrityAt(tree: Tree, node: Node, reason: IntegrityError["reason"]): IntegrityError {
  return new IntegrityError("leaf", pathOf(tree, node), reason);
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
