import type { Comment, Node, Pair, Scalar, Tree } from "./tree.ts";

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
