import type { Aead } from "./aead.ts";
import { nativeAge } from "../native.ts";
import { webAead } from "./web.ts";

/** From here on OpenSSL is faster, its loading included (some 20 ms). */
const manyLeaves = 400;
/** The same in characters of text, for few but long leaves. */
const manyCharacters = 300_000;

/**
 * The cipher for one file: WebCrypto's with noble's GHASH for a few leaves, OpenSSL's for many,
 * because the first `node:` import of a process loads all of the Node layer.
 *
 * @param key 32 bytes
 * @param work how much there is to do
 */
export async function aeadFor(
  key: Uint8Array<ArrayBuffer>,
  work: { readonly leaves: number; readonly characters: number },
): Promise<Aead> {
  return nativeAge() || work.leaves >= manyLeaves || work.characters >= manyCharacters
    ? (await import("./native.ts")).nativeAead(key)
    : await webAead(key);
}
