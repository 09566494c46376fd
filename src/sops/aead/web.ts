import { ghash } from "@noble/ciphers/_polyval.js";
import type { Aead } from "./aead.ts";
import { sameBytes } from "../mac.ts";

/*
 * WebCrypto has AES-GCM, but Deno's takes no IV of 32 bytes, which is what SOPS writes. So here its
 * AES-CTR does the encryption, noble's GHASH the authentication, and the two are put together as GCM.
 * For a file of ten leaves this takes 5 ms of a process, where all of GCM in JavaScript takes 20
 * (AES's tables, and cold code) and loading `node:crypto` as much.
 */

/**
 * AES-256-GCM by WebCrypto, for few and small leaves.
 *
 * @see NIST SP 800-38D
 */
export async function webAead(key: Uint8Array<ArrayBuffer>): Promise<Aead> {
  const cipher = await crypto.subtle.importKey("raw", key, "AES-CTR", false, ["encrypt"]);
  const blocksFrom = async (
    counter: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(
      await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 32 }, cipher, data),
    );
  const hashKey = await blocksFrom(new Uint8Array(16), new Uint8Array(16));

  /** What stands before the data is encrypted with the first counter, and masks the tag. */
  const crypt = async (iv: Uint8Array, data: Uint8Array) => {
    const input = new Uint8Array(16 + data.length);
    input.set(data, 16);
    const output = await blocksFrom(firstCounter(hashKey, iv), input);
    return { mask: output.subarray(0, 16), data: output.slice(16) };
  };
  const tagOf = (aad: Uint8Array, data: Uint8Array, mask: Uint8Array) => {
    const lengths = blockOf(aad.length, data.length);
    return digest(hashKey, aad, data, lengths).map((byte, index) => byte ^ mask[index]!);
  };
  return {
    open: (items) =>
      Promise.all(items.map(async ({ value, aad }) => {
        const { mask, data } = await crypt(value.iv, value.data);
        return sameBytes(tagOf(aad, value.data, mask), value.tag) ? data : undefined;
      })),
    seal: (items) =>
      Promise.all(items.map(async ({ iv, plaintext, aad }) => {
        const { mask, data } = await crypt(iv, plaintext);
        return { data, tag: tagOf(aad, data, mask) };
      })),
  };
}

/** GHASH over parts that are each filled up with zeros to whole blocks. */
function digest(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = ghash.create(key);
  // Filling up is done at each `update`, as GCM wants it.
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function firstCounter(hashKey: Uint8Array, iv: Uint8Array): Uint8Array<ArrayBuffer> {
  if (iv.length !== 12) return digest(hashKey, iv, blockOf(0, iv.length));
  const counter = new Uint8Array(16);
  counter.set(iv);
  counter[15] = 1;
  return counter;
}

/** Two lengths in bytes as one block: 64 bits each, counting bits. */
function blockOf(first: number, second: number): Uint8Array {
  const block = new DataView(new ArrayBuffer(16));
  block.setBigUint64(0, BigInt(first) * 8n);
  block.setBigUint64(8, BigInt(second) * 8n);
  return new Uint8Array(block.buffer);
}
