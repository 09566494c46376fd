import { latin1, scalarBytes } from "../cipher.ts";
import { type Mapping, Scalar, type Store, UnholdableError } from "../tree.ts";
import { jsonStore } from "./json.ts";

const key = "data";

/**
 * Files of any kind, whole: in plaintext the bytes as they are, encrypted a JSON document that holds
 * them under `data`.
 *
 * @see getsops/sops stores/json/store.go, BinaryStore
 */
export const binaryStore: Store = {
  format: "binary",
  parse: (bytes) => jsonStore.parse(bytes),
  parsePlain(bytes) {
    const document: Mapping = {
      kind: "mapping",
      entries: [{ kind: "pair", key, value: valueOf(bytes) }],
    };
    return { documents: [document] };
  },
  emit(tree, metadata, layout) {
    if (metadata) return jsonStore.emit(tree, metadata, layout);
    const [document, ...more] = tree.documents;
    if (!document || more.length > 0) {
      throw new UnholdableError("binary", [], `${tree.documents.length} documents`);
    }
    for (const entry of document.entries) {
      if (entry.kind !== "pair" || entry.key !== key) continue;
      const { value } = entry;
      if (value.kind === "scalar" && (value.type === "str" || value.type === "bytes")) {
        return scalarBytes(value.type, value.reveal());
      }
      throw new UnholdableError("binary", [key], "something that is no string");
    }
    throw new UnholdableError("binary", [], `no "${key}"`);
  },
  emitValue() {
    throw new UnholdableError("binary", [], "a value alone");
  },
};

function valueOf(bytes: Uint8Array): Scalar {
  try {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return new Scalar("str", strict.decode(bytes));
  } catch {
    return new Scalar("bytes", latin1(bytes));
  }
}
