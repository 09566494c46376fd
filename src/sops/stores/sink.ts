import { type Comment, type Format, type Node, type Tree, UnholdableError } from "../tree.ts";

/** How much is put together as a text before it becomes bytes. */
const chunk = 1 << 16;
/** In bytes; no file of that length is read again. */
const largest = 2 ** 30;

type Bytes = Uint8Array<ArrayBuffer>;

/** A text that is written in pieces, as the bytes that it is in the end; it never is one string. */
export class Sink {
  readonly #format: Format;
  readonly #encode: ((text: string) => Bytes) | undefined;
  readonly #utf8 = new TextEncoder();
  #bytes: Bytes;
  #length = 0;
  #text = "";

  /**
   * @param format of the text
   * @param expected how many bytes will come, roughly
   * @param encode what makes bytes of whole pieces; UTF-8 unless given
   */
  constructor(format: Format, expected = 0, encode?: (text: string) => Bytes) {
    this.#format = format;
    this.#encode = encode;
    this.#bytes = new Uint8Array(Math.min(expected, 2 ** 30) + 1024);
  }

  put(piece: string): void {
    this.#text += piece;
    if (this.#text.length >= chunk) this.#flush();
  }

  bytes(): Bytes {
    this.#flush();
    const spare = this.#bytes.length - this.#length;
    return spare > this.#length / 8 + chunk
      ? this.#bytes.slice(0, this.#length)
      : this.#bytes.subarray(0, this.#length);
  }

  #flush(): void {
    let text = this.#text;
    this.#text = "";
    if (this.#encode) {
      const encoded = this.#encode(text);
      while (this.#bytes.length - this.#length < encoded.length) this.#grow();
      this.#bytes.set(encoded, this.#length);
      this.#length += encoded.length;
      return;
    }
    for (;;) {
      const { read, written } = this.#utf8.encodeInto(text, this.#bytes.subarray(this.#length));
      this.#length += written;
      if (read === text.length) return;
      text = text.slice(read);
      this.#grow();
    }
  }

  #grow(): void {
    // Each level indents what is below it, so a small tree can have a very long text.
    if (this.#bytes.length >= largest) {
      throw new UnholdableError(this.#format, [], "more than 1 GB of text");
    }
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** How long the text of a tree will be, roughly: keys and values, and as much as levels take. */
export function roughLength(tree: Tree): number {
  const of = (node: Node | Comment, level: number): number => {
    let sum = 4 * level + 4;
    if (node.kind === "mapping") {
      for (const entry of node.entries) {
        if (entry.kind === "pair") sum += entry.key.length + of(entry.value, level + 1);
        else sum += of(entry, level);
      }
    } else if (node.kind === "sequence") {
      for (const item of node.items) sum += of(item, level + 1);
    } else if (node.kind !== "null") sum += node.reveal().length;
    return sum;
  };
  return tree.documents.reduce((sum, each) => sum + of(each, 0), 4096);
}
