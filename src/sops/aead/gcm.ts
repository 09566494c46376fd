import { sameBytes } from "../mac.ts";
import type { Aead } from "./aead.ts";
import { Ghash } from "./ghash.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Data that GCM is to encrypt or decrypt, which is the same. */
export interface Crypted {
  readonly data: Bytes;
  /** A block that masks the tag. */
  readonly mask: Uint8Array;
}

/**
 * AES-GCM, where AES in counter mode is given and the rest is done here.
 *
 * @param hashKey a block of zeros, encrypted
 * @param crypt for each value its data under the key stream that begins behind the mask; the
 *   counter that the mask comes from is written by `writeCounter`
 * @see NIST SP 800-38D
 */
export function gcm(
  hashKey: Uint8Array,
  crypt: (
    values: readonly { readonly iv: Uint8Array; readonly data: Bytes }[],
    writeCounter: (iv: Uint8Array, block: Uint8Array) => void,
  ) => Promise<Crypted[]> | Crypted[],
): Aead {
  const ghash = new Ghash(hashKey);
  const writeCounter = (iv: Uint8Array, block: Uint8Array): void => {
    if (iv.length === 12) {
      block.set(iv);
      block[15] = 1;
    } else ghash.update(iv).lengths(0, iv.length).digestInto(block);
  };
  const tagInto = (tag: Uint8Array, aad: Uint8Array, data: Uint8Array, mask: Uint8Array): void => {
    ghash.update(aad).update(data).lengths(aad.length, data.length).digestInto(tag);
    for (let at = 0; at < tag.length; at++) tag[at]! ^= mask[at]!;
  };
  return {
    async open(items) {
      const crypted = await crypt(items.map(({ value }) => value), writeCounter);
      const tag = new Uint8Array(16);
      return items.map(({ value, aad }, index) => {
        const { mask, data } = crypted[index]!;
        tagInto(tag, aad, value.data, mask);
        return sameBytes(tag, value.tag) ? data : undefined;
      });
    },
    async seal(items) {
      const plain = items.map(({ iv, plaintext }) => ({ iv, data: plaintext }));
      const crypted = await crypt(plain, writeCounter);
      return items.map(({ aad }, index) => {
        const { mask, data } = crypted[index]!;
        const tag = new Uint8Array(16);
        tagInto(tag, aad, data, mask);
        return { data, tag };
      });
    },
  };
}
