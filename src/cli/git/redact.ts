import { sha256 } from "@noble/hashes/sha2.js";
import { emitPlain, type SealedDocument } from "../../sops/document.ts";
import { parseEncrypted } from "../../sops/encrypted_value.ts";
import { type Comment, type Mapping, type Node, type Pair, Scalar } from "../../sops/tree.ts";
import { withText } from "../../sops/stores/comments.ts";

/**
 * The file with a word in place of each encrypted value, which is another one when the value is: it
 * is made from the ciphertext, which everybody can read and which stays where a value does.
 */
export async function redacted({ tree, format }: SealedDocument): Promise<Uint8Array<ArrayBuffer>> {
  const documents = tree.documents.map((document) => ofMapping(document));
  return await emitPlain({ documents }, format);
}

function ofMapping({ entries }: Mapping): Mapping {
  return {
    kind: "mapping",
    entries: entries.map((entry): Pair | Comment =>
      entry.kind === "comment" ? ofComment(entry) : { ...entry, value: ofNode(entry.value) }
    ),
  };
}

function ofNode(node: Node): Node {
  switch (node.kind) {
    case "mapping":
      return ofMapping(node);
    case "sequence":
      return {
        kind: "sequence",
        items: node.items.map((item) => item.kind === "comment" ? ofComment(item) : ofNode(item)),
      };
    case "scalar": {
      const word = wordFor(node.reveal());
      return word === undefined ? node : new Scalar("str", word);
    }
    case "null":
      return node;
  }
}

function ofComment(comment: Comment): Comment {
  const word = wordFor(comment.reveal());
  return word === undefined ? comment : withText(comment, ` ${word}`);
}

/** @returns nothing for what is not encrypted */
function wordFor(text: string): string | undefined {
  if (!parseEncrypted(text)) return text.startsWith("ENC[") ? "(encrypted)" : undefined;
  return `(encrypted ${sha256(new TextEncoder().encode(text)).slice(0, 4).toHex()})`;
}
