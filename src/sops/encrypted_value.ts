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
const layout = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]$/;

/**
 * Reads an encrypted leaf.
 *
 * SOPS takes any IV and, in Go, any tag; here the tag must be whole and the base64 canonical, so
 * that one value has one text.
 *
 * @param text the leaf as it stands in the file
 * @returns nothing when it is not exactly what SOPS writes
 * @see getsops/sops aes/cipher.go, parse
 */
export function parseEncrypted(text: string): EncryptedValue | undefined {
  const match = layout.exec(text);
  if (match === null) return undefined;
  const type = match[4]!;
  const data = fromBase64(match[1]!);
  const iv = fromBase64(match[2]!);
  const tag = fromBase64(match[3]!);
  if (!data || !iv || !tag || !types.has(type)) return undefined;
  if (tag.length !== tagLength || iv.length < 12 || iv.length > 64) return undefined;
  return { data, iv, tag, type: type as EncryptedValue["type"] };
}

/** Writes an encrypted leaf as SOPS does. */
export function printEncrypted({ data, iv, tag, type }: EncryptedValue): string {
  return `ENC[AES256_GCM,data:${data.toBase64()},iv:${iv.toBase64()},tag:${tag.toBase64()},` +
    `type:${type}]`;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  // The decoder skips white space, which the length gives away.
  if (text.length % 4 !== 0) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    return Math.ceil(bytes.length / 3) * 4 === text.length ? bytes : undefined;
  } catch {
    return undefined;
  }
}
