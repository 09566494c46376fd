import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Aead } from "./aead.ts";
import { gcm } from "./gcm.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const block = 16;
const options = { authTagLength: block };

/** From here on a cipher object for one value alone, which takes 10 µs, is the faster way. */
const long = 2048;

/**
 * AES-256-GCM by OpenSSL. Short values go many at once, because a cipher object costs more than all
 * else about them: AES encrypts all their counters in one call. That makes it 1 µs a leaf.
 */
export function nativeAead(key: Bytes): Aead {
  const aes = createCipheriv("aes-256-ecb", key, null);
  aes.setAutoPadding(false);
  const short = gcm(aes.update(new Uint8Array(block)), (values, writeCounter) => {
    const sizes = values.map(({ data }) => block + Math.ceil(data.length / block) * block);
    const counters = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    const view = new DataView(counters.buffer);
    let start = 0;
    for (const [index, { iv }] of values.entries()) {
      const end = start + sizes[index]!;
      writeCounter(iv, counters.subarray(start, start + block));
      for (let next = start + block; next < end; next += block) {
        counters.copyWithin(next, next - block, next - 4);
        view.setUint32(next + 12, view.getUint32(next - 4) + 1);
      }
      start = end;
    }
    const stream = bytesOf(aes.update(counters));
    start = 0;
    return values.map(({ data }, index) => {
      const mask = stream.subarray(start, start + block);
      const out = stream.subarray(start + block, start + block + data.length);
      for (let at = 0; at < out.length; at++) out[at]! ^= data[at]!;
      start += sizes[index]!;
      return { mask, data: out };
    });
  });
  return {
    open: (items) =>
      apart(items, ({ value }) => value.data.length < long, short.open, ({ value, aad }) => {
        const decipher = createDecipheriv("aes-256-gcm", key, value.iv, options);
        decipher.setAAD(aad).setAuthTag(value.tag);
        // A stream cipher: all plaintext comes with `update`, and is good only if `final` agrees.
        const plaintext = decipher.update(value.data);
        try {
          decipher.final();
        } catch {
          return undefined;
        }
        return bytesOf(plaintext);
      }),
    seal: (items) =>
      apart(items, ({ plaintext }) => plaintext.length < long, short.seal, (item) => {
        const encipher = createCipheriv("aes-256-gcm", key, item.iv, options);
        encipher.setAAD(item.aad);
        const data = encipher.update(item.plaintext);
        encipher.final();
        return { data: bytesOf(data), tag: bytesOf(encipher.getAuthTag()) };
      }),
  };
}

/** Has some items done together and each of the others alone; what comes of them is in their order. */
async function apart<Item, Result>(
  items: readonly Item[],
  together: (item: Item) => boolean,
  many: (items: readonly Item[]) => Promise<Result[]>,
  one: (item: Item) => Result,
): Promise<Result[]> {
  const done = (await many(items.filter(together))).values();
  return items.map((item) => together(item) ? done.next().value as Result : one(item));
}

function bytesOf(buffer: Uint8Array<ArrayBufferLike>): Bytes {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}
