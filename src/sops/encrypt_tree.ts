import type { Aead } from "./aead/aead.ts";
import { aeadFor } from "./aead/mod.ts";
import { AadCache, batch, encryptValues, type PlainValue } from "./cipher.ts";
import { InvalidRuleError, ValueError } from "./errors.ts";
import { MacInput } from "./mac.ts";
import { pathOf } from "./paths.ts";
import type { Selection } from "./selectors.ts";
import { Slab } from "./slab.ts";
import type { Stash } from "./stash.ts";
import { withText } from "./stores/comments.ts";
import { type Comment, Scalar, type Tree } from "./tree.ts";
import { mapLeaves, type Place } from "./walk.ts";

/**
 * Encrypts every selected leaf; those that the stash knows keep their ciphertext.
 *
 * @param options `allowNul`: whether new values may hold NUL, which no environment variable can
 * @returns the encrypted tree, and the MAC in upper-case hexadecimal
 * @throws {ValueError} when a new value holds NUL
 * @throws {InvalidRuleError} when the selector tests comments and matches an encrypted one
 * @see getsops/sops sops.go, Tree.Encrypt
 */
export async function encryptTree(
  tree: Tree,
  key: Uint8Array<ArrayBuffer>,
  selection: Selection,
  stash: Pick<Stash, "find">,
  options: {
    readonly macOnlyEncrypted: boolean;
    readonly allowNul: boolean;
    readonly random: (length: number) => Uint8Array<ArrayBuffer>;
  },
): Promise<{ tree: Tree; mac: string }> {
  const mac = new MacInput(options.macOnlyEncrypted);
  const slab = new Slab();
  const aads = new AadCache(slab);
  let fresh: Fresh[] = [];
  let freshCharacters = 0;
  const encryptLater = (one: Fresh): void => {
    const text = one.node.reveal();
    if (one.node.kind === "scalar" && !options.allowNul && text.includes("\0")) {
      throw new ValueError(pathOf(tree, one.node) ?? [], "NUL");
    }
    freshCharacters += text.length;
    fresh.push(one);
  };
  let aead: Aead | undefined;
  const sealedTree = await mapLeaves(
    tree,
    selection,
    {
      scalar(scalar, place) {
        const { encrypts, prefix } = place;
        if (encrypts || !options.macOnlyEncrypted) mac.addScalar(scalar);
        if (!encrypts) return scalar;
        if (scalar.reveal() === "") return scalar.type === "str" ? scalar : new Scalar("str", "");
        const known = stash.find(scalar, prefix);
        if (known !== undefined) return new Scalar("str", known);
        encryptLater({ node: scalar, place });
        return scalar;
      },
      comment(comment, place) {
        if (!place.encrypts || comment.reveal() === "") return comment;
        const known = stash.find(comment, place.prefix);
        if (known !== undefined) return withText(comment, known);
        encryptLater({ node: comment, place });
        return comment;
      },
      get full() {
        return fresh.length >= batch;
      },
    },
    async () => {
      const some = fresh;
      if (some.length === 0) return;
      fresh = [];
      aead ??= await aeadFor(key, { leaves: some.length, characters: freshCharacters });
      const values = some.map(({ node, place }): PlainValue => ({
        type: node.kind === "comment" ? "comment" : node.type,
        text: node.reveal(),
        aad: aads.bytes(place.prefix),
      }));
      const sealed = await encryptValues(aead, values, options.random);
      for (const [index, { node, place }] of some.entries()) {
        const text = sealed[index]!;
        if (node.kind === "comment") {
          refuseMatch(text, selection);
          place.put(withText(node, text));
        } else place.put(new Scalar("str", text));
      }
      aads.forget();
      slab.clear();
    },
  );
  return { tree: sealedTree, mac: await mac.digest() };
}

/** What such a ciphertext stands for would be taken for plaintext, and the MAC would not match. */
function refuseMatch(ciphertext: string, { selector, matches }: Selection): void {
  if (selector.rule !== "unencrypted_comment_regex" || !matches(ciphertext)) return;
  throw new InvalidRuleError(selector.rule, `"${selector.text}" matches an encrypted comment`);
}

/** A value that has no ciphertext yet. */
interface Fresh {
  readonly node: Scalar | Comment;
  readonly place: Place;
}
