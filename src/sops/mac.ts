import { scalarBytes } from "./cipher.ts";
import type { Scalar } from "./tree.ts";

/** SHA-256 of "sops": SOPS puts it first when the MAC is over encrypted values only. */
const onlyEncryptedSeed = Uint8Array.fromHex(
  "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69",
);
const utf8 = new TextEncoder();

/**
 * Collects the values that SOPS's MAC is over, in document order, over all documents. Comments
 * and nulls take no part, and nothing stands between the values.
 *
 * @see getsops/sops sops.go, Tree.Decrypt
 */
export class MacInput {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /**
   * @param onlyEncrypted the file's `mac_only_encrypted`
   * @param expected how many bytes will come, roughly
   */
  constructor(onlyEncrypted: boolean, expected = 4096) {
    this.#bytes = new Uint8Array(Math.max(expected, 64));
    if (onlyEncrypted) this.addBytes(onlyEncryptedSeed);
  }

  /** @param scalar in plaintext */
  addScalar(scalar: Scalar): void {
    if (scalar.type === "bytes") this.addBytes(scalarBytes("bytes", scalar.reveal()));
    else this.#addText(scalar.reveal());
  }

  /** @param bytes of a canonical text */
  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #addText(text: string): void {
    // A UTF-16 unit is at most three bytes of UTF-8.
    this.#reserve(text.length * 3);
    this.#length += utf8.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /**
   * Ends the collection and wipes it, since it holds every secret of the file.
   *
   * @returns SHA-512 in upper-case hexadecimal
   */
  async digest(): Promise<string> {
    const digest = await crypto.subtle.digest("SHA-512", this.#bytes.subarray(0, this.#length));
    this.#bytes.fill(0);
    this.#length = 0;
    return new Uint8Array(digest).toHex().toUpperCase();
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes.fill(0);
    this.#bytes = larger;
  }
}

/** Whether two byte strings are the same, in a time that tells only whether their lengths are. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= one[index]! ^ other[index]!;
  return difference === 0;
}

/** The same for texts. */
export function sameText(one: string, other: string): boolean {
  return sameBytes(utf8.encode(one), utf8.encode(other));
}
