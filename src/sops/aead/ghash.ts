/**
 * GHASH, the authentication in GCM: a polynomial over GF(2^128) at the point that the key gives. The
 * products that it takes are made once for a key, which many small values share.
 *
 * @see NIST SP 800-38D, 6.3 and 6.4
 */
export class Ghash {
  /** For each of a block's 32 half bytes and each of its values, in four words, its product. */
  readonly #products = new Int32Array(32 * 16 * 4);
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param key a block of zeros, encrypted */
  constructor(key: Uint8Array) {
    const products = this.#products;
    const view = new DataView(key.buffer, key.byteOffset, 16);
    let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getInt32(at)) as Block;
    for (let first = 0; first < products.length; first += 16 * 4) {
      for (let bit = 8; bit > 0; bit >>= 1) {
        products.set([a, b, c, d], first + bit * 4);
        // Times x: the bits of a block go the other way than those of a number.
        const reduction = d & 1 ? 0xe1 << 24 : 0;
        d = d >>> 1 | c << 31;
        c = c >>> 1 | b << 31;
        b = b >>> 1 | a << 31;
        a = a >>> 1 ^ reduction;
      }
      for (let value = 3; value < 16; value++) {
        const [lowest, others] = [value & -value, value & value - 1];
        for (let word = 0; word < 4 && others > 0; word++) {
          products[first + value * 4 + word] = products[first + lowest * 4 + word]! ^
            products[first + others * 4 + word]!;
        }
      }
    }
  }

  /** Takes these bytes in, filled up with zeros to whole blocks. */
  update(bytes: Uint8Array): this {
    const { length } = bytes;
    let at = 0;
    for (; at + 16 <= length; at += 16) {
      this.#block(
        bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!,
        bytes[at + 4]! << 24 | bytes[at + 5]! << 16 | bytes[at + 6]! << 8 | bytes[at + 7]!,
        bytes[at + 8]! << 24 | bytes[at + 9]! << 16 | bytes[at + 10]! << 8 | bytes[at + 11]!,
        bytes[at + 12]! << 24 | bytes[at + 13]! << 16 | bytes[at + 14]! << 8 | bytes[at + 15]!,
      );
    }
    if (at < length) {
      let a = 0, b = 0, c = 0, d = 0;
      for (let place = 0; at + place < length; place++) {
        const byte = bytes[at + place]! << 24 - (place & 3) * 8;
        if (place < 4) a |= byte;
        else if (place < 8) b |= byte;
        else if (place < 12) c |= byte;
        else d |= byte;
      }
      this.#block(a, b, c, d);
    }
    return this;
  }

  /** Takes two lengths in: 64 bits each, counting bits of what is that many bytes. */
  lengths(first: number, second: number): this {
    const high = (bytes: number) => Math.floor(bytes / 2 ** 29);
    this.#block(high(first), first << 3, high(second), second << 3);
    return this;
  }

  /** Writes what came of it, 16 bytes, and begins anew. */
  digestInto(out: Uint8Array, at = 0): void {
    for (const word of [this.#a, this.#b, this.#c, this.#d]) {
      out[at++] = word >>> 24;
      out[at++] = word >>> 16;
      out[at++] = word >>> 8;
      out[at++] = word;
    }
    this.#a =
      this.#b =
      this.#c =
      this.#d =
        0;
  }

  #block(a: number, b: number, c: number, d: number): void {
    const products = this.#products;
    let word = this.#a ^ a;
    let first = 0;
    let [w, x, y, z] = [0, 0, 0, 0];
    for (let index = 0; index < 4; index++) {
      for (let shift = 28; shift >= 0; shift -= 4) {
        const row = first + (word >>> shift & 15) * 4;
        w ^= products[row]!;
        x ^= products[row + 1]!;
        y ^= products[row + 2]!;
        z ^= products[row + 3]!;
        first += 64;
      }
      word = index === 0 ? this.#b ^ b : index === 1 ? this.#c ^ c : this.#d ^ d;
    }
    this.#a = w;
    this.#b = x;
    this.#c = y;
    this.#d = z;
  }
}

/** Four words of 32 bits, the first bits first. */
type Block = [number, number, number, number];
