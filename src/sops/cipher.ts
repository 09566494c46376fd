import { webAead } from "./aead/web.ts";
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

/** AES-256-GCM under one data key, many values at once. */
export interface Aead {
  /** @returns each plaintext, or nothing where the tag does not match */
  open(
    items: readonly { readonly value: EncryptedValue; readonly aad: Uint8Array<ArrayBuffer> }[],
  ): Promise<(Uint8Array<ArrayBuffer> | undefined)[]>;
  seal(
    items: readonly {
      readonly iv: Uint8Array<ArrayBuffer>;
      readonly plaintext: Uint8Array<ArrayBuffer>;
      readonly aad: Uint8Array<ArrayBuffer>;
    }[],
  ): Promise<{ data: Uint8Array<ArrayBuffer>; tag: Uint8Array<ArrayBuffer> }[]>;
}

/** From here on OpenSSL is faster, its loading included (some 20 ms). */
const manyLeaves = 400;
/** The same in characters of text, for few but long leaves. */
const manyCharacters = 300_000;

/**
 * The cipher for one file: WebCrypto's with our own GHASH for a few leaves, OpenSSL's for many,
 * because the first `node:` import of a process loads all of the Node layer.
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
    : await webAead(key);
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
 * Decrypts leaves. A `str` that is not UTF-8 (YAML's `!!binary`) comes back as `bytes`.
 *
 * @param items each with the UTF-8 of what `leafAad` gives
 * @returns nothing for what was not made with this key for this place, or is no value of its type
 */
export async function decryptValues(
  aead: Aead,
  items: readonly { readonly value: EncryptedValue; readonly aad: Uint8Array<ArrayBuffer> }[],
): Promise<(DecryptedValue | undefined)[]> {
  const opened = await aead.open(items);
  return opened.map((bytes, index) => bytes && typed(bytes, items[index]!.value.type));
}

function typed(
  bytes: Uint8Array<ArrayBuffer>,
  type: EncryptedValue["type"],
): DecryptedValue | undefined {
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

/** A value to encrypt. */
export interface PlainValue {
  readonly type: ScalarType | "comment";
  /** Canonical; never empty, because SOPS leaves the empty string as it is. */
  readonly text: string;
  readonly aad: Uint8Array<ArrayBuffer>;
}

/**
 * Encrypts leaves, each under a fresh IV. `bytes` are written as `str`, which is what SOPS does.
 *
 * @param random gives that many random bytes
 * @returns what stands in the file for each
 */
export async function encryptValues(
  aead: Aead,
  values: readonly PlainValue[],
  random: (length: number) => Uint8Array<ArrayBuffer>,
): Promise<string[]> {
  const items = values.map(({ type, text, aad }) => ({
    iv: random(ivLength),
    plaintext: scalarBytes(type, text),
    aad,
  }));
  const sealed = await aead.seal(items);
  return sealed.map((parts, index) => {
    const { type } = values[index]!;
    return printEncrypted({
      ...parts,
      iv: items[index]!.iv,
      type: type === "bytes" ? "str" : type,
    });
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
