import type { Aead } from "./aead/aead.ts";
import { AadCache, batch, decryptValues } from "./cipher.ts";
import { parseEncrypted } from "./encrypted_value.ts";
import { IntegrityError } from "./errors.ts";
import { MacInput } from "./mac.ts";
import { pathOf } from "./paths.ts";
import type { Selection } from "./selectors.ts";
import { Slab } from "./slab.ts";
import { Comment, type Node, Scalar, type Tree } from "./tree.ts";
import { mapLeaves, type Place } from "./walk.ts";

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
  selection: Selection,
  options: { readonly macOnlyEncrypted: boolean; readonly expectedBytes: number },
): Promise<Decrypted> {
  const mac = new MacInput(options.macOnlyEncrypted, options.expectedBytes);
  const slab = new Slab();
  const aads = new AadCache(slab);
  // What is to be decrypted and what goes into the MAC, in the order of the file.
  let steps: (Scalar | Sealed)[] = [];
  const plainTree = await mapLeaves(
    tree,
    selection,
    {
      scalar(scalar, place) {
        if (!place.encrypts) {
          if (!options.macOnlyEncrypted) steps.push(scalar);
        } else if (scalar.type !== "str" || scalar.reveal() !== "") {
          steps.push({ node: scalar, place });
        }
        return scalar;
      },
      comment(comment, place) {
        if (place.encrypts) steps.push({ node: comment, place });
        return comment;
      },
      get full() {
        return steps.length >= batch;
      },
    },
    async () => {
      const some = steps;
      steps = [];
      const values = some.map((step) =>
        step instanceof Scalar ? undefined : parseEncrypted(step.node.reveal(), slab)
      );
      const items = some.flatMap((step, index) => {
        const value = values[index];
        return value && !(step instanceof Scalar)
          ? [{ value, aad: aads.bytes(step.place.prefix) }]
          : [];
      });
      const opened = (await decryptValues(aead, items)).values();
      for (const [index, step] of some.entries()) {
        if (step instanceof Scalar) {
          mac.addScalar(step);
          continue;
        }
        const { node, place } = step;
        const value = values[index] ? opened.next().value : undefined;
        const sealed = value?.exact ? node.reveal() : undefined;
        if (node.kind === "comment") {
          // SOPS takes what does not open for a comment that was never encrypted. It forgets that
          // one stood behind a value; its output is what we match.
          if (value) place.put(new Comment(value.text, sealed));
          continue;
        }
        if (!value) throw integrityAt(tree, node, values[index] ? "mismatch" : "malformed");
        if (value.type === "comment") {
          if (!place.inList) throw integrityAt(tree, node, "mismatch");
          place.put(new Comment(value.text, sealed));
          continue;
        }
        mac.addBytes(value.bytes);
        place.put(new Scalar(value.type, value.text, sealed));
      }
      aads.forget();
      slab.clear();
    },
  );
  return { tree: plainTree, mac: await mac.digest() };
}

/** A value of the file that is to be decrypted. */
interface Sealed {
  readonly node: Scalar | Comment;
  readonly place: Place;
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
