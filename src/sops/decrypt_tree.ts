import type { Aead } from "./aead/aead.ts";
import { AadCache, batch, decryptValues } from "./cipher.ts";
import { parseEncrypted } from "./encrypted_value.ts";
import { IntegrityError } from "./errors.ts";
import { MacInput } from "./mac.ts";
import { pathOf } from "./paths.ts";
import type { Selection } from "./selectors.ts";
import { Comment, type Node, Scalar, type Tree } from "./tree.ts";
import { mapLeaves, type Place } from "./walk.ts";

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
  const plainTree = mapLeaves(tree, selection, {
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
      else inexact.add(comment);
      return comment;
    },
  });

  const mac = new MacInput(options.macOnlyEncrypted, options.expectedBytes);
  const aads = new AadCache();
  for (let start = 0; start < steps.length; start += batch) {
    const some = steps.slice(start, start + batch);
    const values = some.map((step) =>
      step instanceof Scalar ? undefined : parseEncrypted(step.node.reveal())
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
      const value = values[index] ? opened.next().value : undefined;
      if (step.node.kind === "comment") {
        // SOPS takes what does not open for a comment that was never encrypted. It forgets that
        // one stood behind a value; its output is what we match.
        if (value) step.place.put(new Comment(value.text));
        else inexact.add(step.node);
        continue;
      }
      if (!value) {
        throw integrityAt(tree, step.node, values[index] ? "mismatch" : "malformed");
      }
      if (value.type === "comment") {
        if (!step.place.inList) throw integrityAt(tree, step.node, "mismatch");
        step.place.put(new Comment(value.text));
        continue;
      }
      mac.addBytes(value.bytes);
      const plain = new Scalar(value.type, value.text);
      if (!value.exact) inexact.add(plain);
      step.place.put(plain);
    }
  }
  return { tree: plainTree, inexact, mac: await mac.digest() };
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
