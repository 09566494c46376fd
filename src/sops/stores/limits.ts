import { type Format, FormatError } from "../tree.ts";

/** Values, mappings, lists and comments of one file; each takes some 300 bytes of memory. */
const mostEntries = 2_000_000;

/** Counts what a file holds, so that a small text cannot become more than there is memory for. */
export class EntryCount {
  readonly #format: Format;
  #left = mostEntries;

  constructor(format: Format) {
    this.#format = format;
  }

  /** @throws {FormatError} when it is one too many */
  add(): void {
    if (this.#left-- > 0) return;
    throw new FormatError(this.#format, "more than 2,000,000 values and comments");
  }
}

const pieceLength = 1 << 16;

/**
 * A text that is put together from many short ones. Each of them would take 32 bytes more as long as
 * nobody looks at the whole.
 */
export class Pieces {
  #whole = "";
  #piece = "";

  put(text: string): void {
    this.#piece += text;
    if (this.#piece.length >= pieceLength) this.#join();
  }

  text(): string {
    this.#join();
    return this.#whole;
  }

  #join(): void {
    // To look at any character makes it one string.
    this.#piece.charCodeAt(0);
    this.#whole += this.#piece;
    this.#piece = "";
  }
}
