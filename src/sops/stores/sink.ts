/** A text that is written in pieces, as the bytes that it is in the end; it never is one string. */
export class Sink {
  readonly #encode: (text: string) => Uint8Array<ArrayBuffer>;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #text = "";

  /** @param encode what makes bytes of whole pieces; UTF-8 unless given */
  constructor(encode?: (text: string) => Uint8Array<ArrayBuffer>) {
    const utf8 = new TextEncoder();
    this.#encode = encode ?? ((text) => utf8.encode(text));
  }

  put(piece: string): void {
    this.#text += piece;
    if (this.#text.length >= 1 << 16) this.#flush();
  }

  bytes(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const [only, ...more] = this.#chunks;
    if (only && more.length === 0) return only;
    const bytes = new Uint8Array(this.#chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #flush(): void {
    if (this.#text === "") return;
    this.#chunks.push(this.#encode(this.#text));
    this.#text = "";
  }
}
