import type { Aead } from "./aead/aead.ts";
import { canonicalText } from "./canonical.ts";
import { PathError } from "./errors.ts";
import { type EncryptedValue, printEncrypted } from "./encrypted_value.ts";
import type { Slab } from "./slab.ts";
import type { ScalarType } from "./tree.ts";

const ivLength = 32;

/** How many values to have in hand at once; more take memory and save nothing. */
export const batch = 512;

const utf8 = new TextEncoder();
const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });
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
  const texts = asciiTexts(opened);
  return opened.map((bytes, index) => {
    if (!bytes) return undefined;
    const { type } = items[index]!.value;
    const text = texts?.[index];
    if (text !== undefined && isText(type)) return { type, text, bytes, exact: true };
    return typed(bytes, type);
  });
}

const isText = (type: EncryptedValue["type"]) => type === "str" || type === "comment";

/** From here on a value is decoded by itself. */
const longText = 1024;

/**
 * Decodes many short values at once, which takes a fraction of decoding each.
 *
 * @returns nothing for those that are long, and nothing at all unless the others are ASCII, as
 *   values mostly are
 */
function asciiTexts(
  values: readonly (Uint8Array | undefined)[],
): (string | undefined)[] | undefined {
  const isShort = (bytes?: Uint8Array) => bytes !== undefined && bytes.length < longText;
  const length = values.reduce((sum, each) => sum + (isShort(each) ? each!.length : 0), 0);
  const joined = new Uint8Array(length);
  let at = 0;
  for (const bytes of values) {
    if (!isShort(bytes)) continue;
    joined.set(bytes!, at);
    at += bytes!.length;
  }
  let text: string;
  try {
    text = strictUtf8.decode(joined);
  } catch {
    return undefined;
  } finally {
    joined.fill(0);
  }
  // All other characters take more bytes than they count for.
  if (text.length !== length) return undefined;
  at = 0;
  return values.map((bytes) => isShort(bytes) ? text.slice(at, at += bytes!.length) : undefined);
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
  if (type !== "bytes") return utf8.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Bytes as a scalar of type `bytes` holds them: one character each. */
export function latin1(bytes: Uint8Array): string {
  return utf16.decode(new Uint16Array(bytes));
}

/**
 * Additional authenticated data of one leaf: its map keys, each with a ":" behind it. List indices
 * take no part, so equal values in one list share their AAD. A comment has its parent's, and one at
 * the top has ":".
 *
 * @param prefix the map keys from the root, outermost first, each with a ":" behind it
 * @returns UTF-8
 * @see getsops/sops sops.go, Tree.Encrypt
 */
export function leafAad(prefix: string): Uint8Array<ArrayBuffer> {
  return utf8.encode(prefix || ":");
}

/** Of the names that lead to a value, in characters. */
const longestPath = 16_384;

/** The bytes of an AAD; the items of a list, which share theirs, share the bytes as well. */
export class AadCache {
  readonly #slab: Slab;
  #prefix: string | undefined;
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  /** @param slab where they go; whoever clears it has the cache forget */
  constructor(slab: Slab) {
    this.#slab = slab;
  }

  /**
   * @param prefix as for `leafAad`
   * @throws {PathError} `too long`: each leaf below would have it hashed once more
   */
  bytes(prefix: string): Uint8Array<ArrayBuffer> {
    if (prefix.length > longestPath) throw new PathError("too long", `${prefix.slice(0, 100)}...`);
    if (this.#bytes && prefix === this.#prefix) return this.#bytes;
    this.#prefix = prefix;
    return this.#bytes = this.#slab.encode(prefix || ":");
  }

  forget(): void {
    this.#bytes = undefined;
  }
}
