const utf8 = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

/** Room for many short byte strings that are all needed for a short time. */
export class Slab {
  #bytes: Bytes = new Uint8Array(1 << 14);
  #used = 0;

  /** @returns that many bytes, of any content */
  take(length: number): Bytes {
    const start = this.#used;
    if (start + length > this.#bytes.length) {
      // What was given out stays what it is, in the room that it is in.
      this.#bytes = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      this.#used = length;
      return this.#bytes.subarray(0, length);
    }
    this.#used += length;
    return this.#bytes.subarray(start, this.#used);
  }

  /** @returns the UTF-8 of a text */
  encode(text: string): Bytes {
    // A UTF-16 unit is at most three bytes.
    const room = this.take(text.length * 3);
    const { written } = utf8.encodeInto(text, room);
    this.#used -= room.length - written;
    return room.subarray(0, written);
  }

  /** Everything that was given out may be overwritten from now on. */
  clear(): void {
    this.#bytes.fill(0, 0, this.#used);
    this.#used = 0;
  }
}
