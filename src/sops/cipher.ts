import { canonicalText } from "./canonical.ts";
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

const ivLength = 32;
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

/** AES-256-GCM under one data key. */
export interface Aead {
  /** @returns the plaintext, or nothing when the tag does not match */
  open(value: EncryptedValue, aad: Uint8Array): Uint8Array<ArrayBuffer> | undefined;
  seal(
    iv: Uint8Array<ArrayBuffer>,
    plaintext: Uint8Array,
    aad: Uint8Array,
  ): { data: Uint8Array<ArrayBuffer>; tag: Uint8Array<ArrayBuffer> };
}

/**
 * From here on OpenSSL is faster, its loading included: whole processes, 11 leaves 34 to 39 ms,
 * 50 leaves 44 to 39, 200 leaves 60 to 43; one leaf of 60 kB 82 to 40.
 */
const manyLeaves = 30;
/** The same in characters of text, for few but long leaves. */
const manyCharacters = 30_000;

/**
 * The cipher for one file: pure JavaScript for a few leaves, because the first `node:` import of a
 * process costs some 20 ms; OpenSSL's for many. WebCrypto in Deno takes no IV of 32 bytes.
 *
 * @param key 32 bytes
 * @param work how much there is to do
 */
export async function aeadFor(
  key: Uint8Array<ArrayBuffer>,
  work: { readonly leaves: number; readonly characters: number },
): Promise<Aead> {
  return work.leaves >= manyLeaves || work.characters >= manyCharacters
    ? (await import("./aead/native.ts")).nativeAead(key)
    : (await import("./aead/pure.ts")).pureAead(key);
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A decrypted leaf. */
export interface DecryptedValue {
  readonly type: ScalarType | "comment";
  /** In SOPS's canonical form. */
  readonly text: string;
  /** The canonical form as the MAC takes it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the canonical form is what was encrypted, so that the ciphertext can be kept. */
  readonly exact: boolean;
}

/**
 * Decrypts one leaf.
 *
 * A `str` that is not UTF-8 (YAML's `!!binary`) comes back as `bytes`.
 *
 * @param aad UTF-8 of what `leafAad` gives
 * @returns nothing when it was not made with this key for this place, or is no value of its type
 */
export function decryptValue(
  aead: Aead,
  value: EncryptedValue,
  aad: Uint8Array,
): DecryptedValue | undefined {
  const bytes = aead.open(value, aad);
  if (bytes === undefined) return undefined;
  const { type } = value;
  if (type === "bytes") return { type, text: latin1(bytes), bytes, exact: true };
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    if (type !== "str") return undefined;
    return { type: "bytes", text: latin1(bytes), bytes, exact: true };
  }
  if (type === "str" || type === "comment") return { type, text, bytes, exact: true };
  const canonical = canonicalText(type, text);
  if (canonical === text) return { type, text, bytes, exact: true };
  if (canonical === undefined) return undefined;
  return { type, text: canonical, bytes: utf8.encode(canonical), exact: false };
}

/**
 * Encrypts one leaf under a fresh IV. `bytes` are written as `str`, which is what SOPS does.
 *
 * @param text canonical; never empty, because SOPS leaves the empty string as it is
 * @param random gives that many random bytes
 */
export function encryptValue(
  aead: Aead,
  type: ScalarType | "comment",
  text: string,
  aad: Uint8Array,
  random: (length: number) => Uint8Array<ArrayBuffer>,
): string {
  const iv = random(ivLength);
  const plaintext = scalarBytes(type, text);
  return printEncrypted({
    ...aead.seal(iv, plaintext, aad),
    iv,
    type: type === "bytes" ? "str" : type,
  });
}

/** The bytes of a canonical text: UTF-8, or for `bytes` one byte a character. */
export function scalarBytes(type: ScalarType | "comment", text: string): Uint8Array<ArrayBuffer> {
  return type === "bytes"
    ? Uint8Array.from(text, (character) => character.charCodeAt(0))
    : utf8.encode(text);
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/**
 * Additional authenticated data of one leaf: its map keys joined by ":" with a trailing ":".
 * List indices take no part, so equal values in one list share their AAD. A comment has its
 * parent's path, and one at the top has ":".
 *
 * @param keys map keys from the root, outermost first
 * @returns text; its UTF-8 bytes are what is authenticated
 * @see getsops/sops sops.go, Tree.Encrypt
 */
export function leafAad(keys: readonly string[]): string {
  return `${keys.join(":")}:`;
}

/** @returns that many bytes from the system's generator */
export function systemRandom(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
