import type { Slab } from "./slab.ts";
import type { ScalarType } from "./tree.ts";

/** What `ENC[AES256_GCM,…]` holds. */
export interface EncryptedValue {
  readonly data: Uint8Array<ArrayBuffer>;
  /** 32 bytes in all that SOPS writes; 12 in what some other writers made. */
  readonly iv: Uint8Array<ArrayBuffer>;
  /** 16 bytes. */
  readonly tag: Uint8Array<ArrayBuffer>;
  readonly type: ScalarType | "comment";
}

const tagLength = 16;
const types: ReadonlySet<string> = new Set(
  ["str", "int", "float", "bool", "time", "bytes", "comment"],
);
const beginning = "ENC[AES256_GCM,data:";

/**
 * Reads an encrypted leaf.
 *
 * SOPS takes any IV and, in Go, any tag; here the tag must be whole and the base64 canonical, so
 * that one value has one text.
 *
 * @param text the leaf as it stands in the file
 * @param slab where its bytes go; room of their own unless given
 * @returns nothing when it is not exactly what SOPS writes
 * @see getsops/sops aes/cipher.go, parse
 */
export function parseEncrypted(text: string, slab?: Slab): EncryptedValue | undefined {
  if (!text.startsWith(beginning) || !text.endsWith("]")) return undefined;
  const ivAt = text.indexOf(",", beginning.length);
  if (ivAt === -1 || !text.startsWith(",iv:", ivAt)) return undefined;
  const tagAt = text.indexOf(",", ivAt + 4);
  if (tagAt === -1 || !text.startsWith(",tag:", tagAt)) return undefined;
  const typeAt = text.indexOf(",", tagAt + 5);
  if (typeAt === -1 || !text.startsWith(",type:", typeAt)) return undefined;
  const type = text.slice(typeAt + 6, -1);
  if (!types.has(type)) return undefined;
  const data = fromBase64(text.slice(beginning.length, ivAt), slab);
  const iv = fromBase64(text.slice(ivAt + 4, tagAt), slab);
  const tag = fromBase64(text.slice(tagAt + 5, typeAt), slab);
  if (!data || !iv || !tag) return undefined;
  if (tag.length !== tagLength || iv.length < 12 || iv.length > 64) return undefined;
  return { data, iv, tag, type: type as EncryptedValue["type"] };
}

/** Writes an encrypted leaf as SOPS does. */
export function printEncrypted({ data, iv, tag, type }: EncryptedValue): string {
  return `ENC[AES256_GCM,data:${data.toBase64()},iv:${iv.toBase64()},tag:${tag.toBase64()},` +
    `type:${type}]`;
}

const strict = { lastChunkHandling: "strict" } as const;

function fromBase64(text: string, slab?: Slab): Uint8Array<ArrayBuffer> | undefined {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const size = length / 4 * 3 - padding;
  const bytes = slab ? slab.take(size) : new Uint8Array(size);
  try {
    // The decoder skips white space, which the length gives away.
    return bytes.setFromBase64(text, strict).written === size ? bytes : undefined;
  } catch {
    return undefined;
  }
}
