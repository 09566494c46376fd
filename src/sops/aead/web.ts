import type { Aead } from "./aead.ts";
import { gcm } from "./gcm.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/*
 * WebCrypto has AES-GCM, but Deno's takes no IV of 32 bytes, which is what SOPS writes. So here its
 * AES-CTR does the encryption and the rest of GCM is ours. For a file of ten leaves this takes few
 * ms of a process, where all of GCM in JavaScript takes 20 (AES's tables, and cold code) and loading
 * `node:crypto` as much.
 */

/** AES-256-GCM by WebCrypto, for few and small leaves. */
export async function webAead(key: Bytes): Promise<Aead> {
  const cipher = await crypto.subtle.importKey("raw", key, "AES-CTR", false, ["encrypt"]);
  const encrypt = async (counter: Bytes, data: Bytes): Promise<Bytes> =>
    new Uint8Array(
      await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 32 }, cipher, data),
    );
  const hashKey = await encrypt(new Uint8Array(16), new Uint8Array(16));
  return gcm(hashKey, (values, writeCounter) =>
    Promise.all(values.map(async ({ iv, data }) => {
      const counter = new Uint8Array(16);
      writeCounter(iv, counter);
      const input = new Uint8Array(16 + data.length);
      input.set(data, 16);
      const output = await encrypt(counter, input);
      return { mask: output.subarray(0, 16), data: output.subarray(16) };
    })));
}
