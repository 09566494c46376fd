import type { Comment, Node, Scalar, Tree } from "./tree.ts";

/** Ciphertexts by what they say and where; what did not change keeps its own. */
export class Stash {
  /** What stands at a place: mostly one value, in a list perhaps many, then by what they say. */
  readonly #known = new Map<string, Scalar | Comment | Map<string, Scalar | Comment>>();

  /** @param plain a tree as it was decrypted */
  constructor(plain?: Tree) {
    const remember = (node: Node | Comment, prefix: string): void => {
      if (node.kind === "mapping") {
        for (const entry of node.entries) {
          if (entry.kind === "comment") remember(entry, prefix);
          else remember(entry.value, `${prefix}${entry.key}:`);
        }
      } else if (node.kind === "sequence") {
        for (const item of node.items) remember(item, prefix);
      } else if (node.kind !== "null" && node.sealed !== undefined) {
        const known = this.#known.get(prefix);
        if (known === undefined) this.#known.set(prefix, node);
        else if (known instanceof Map) known.set(sayingOf(node), node);
        else this.#known.set(prefix, new Map([[sayingOf(known), known], [sayingOf(node), node]]));
      }
    };
    for (const document of plain?.documents ?? []) remember(document, "");
  }

  /** @returns the ciphertext of that value at that place, if there is one */
  find(node: Scalar | Comment, prefix: string): string | undefined {
    const known = this.#known.get(prefix);
    if (known instanceof Map) return known.get(sayingOf(node))?.sealed;
    return known && typeOf(known) === typeOf(node) && known.reveal() === node.reveal()
      ? known.sealed
      : undefined;
  }
}

function typeOf(node: Scalar | Comment): string {
  return node.kind === "comment" ? "comment" : node.type;
}

function sayingOf(node: Scalar | Comment): string {
  return `${typeOf(node)}\0${node.reveal()}`;
}
