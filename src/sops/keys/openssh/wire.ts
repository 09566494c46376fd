/** Reads the length-prefixed fields of RFC 4251, section 5; gives nothing past the end. */
export class WireReader {
  #offset = 0;
  constructor(readonly blob: Uint8Array<ArrayBuffer>) {}

  get atEnd(): boolean {
    return this.#offset === this.blob.length;
  }

  uint32(): number | undefined {
    if (this.#offset + 4 > this.blob.length) return undefined;
    const view = new DataView(this.blob.buffer, this.blob.byteOffset + this.#offset, 4);
    this.#offset += 4;
    return view.getUint32(0);
  }

  /** A `string`: bytes after their count. What is given shares the blob's memory. */
  bytes(): Uint8Array<ArrayBuffer> | undefined {
    const length = this.uint32();
    if (length === undefined || this.#offset + length > this.blob.length) return undefined;
    return this.blob.subarray(this.#offset, this.#offset += length);
  }

  text(): string | undefined {
    const bytes = this.bytes();
    return bytes && new TextDecoder().decode(bytes);
  }

  /** A positive `mpint`, without the zero byte that keeps it positive. */
  number(): Uint8Array<ArrayBuffer> | undefined {
    const bytes = this.bytes();
    return bytes?.[0] === 0 ? bytes.subarray(1) : bytes;
  }

  /** Bytes without a count before them. */
  raw(length: number): Uint8Array<ArrayBuffer> {
    return this.blob.subarray(this.#offset, this.#offset += length);
  }
}

/** The fields of RFC 4251, one after another, each a `string`. */
export function wireBytes(...fields: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts = fields.map((field) =>
    typeof field === "string" ? new TextEncoder().encode(field) : field
  );
  const written = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(written.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint32(offset, part.length);
    written.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return written;
}

/** A number as a positive `mpint`: a zero byte before it where its highest bit is set. */
export function wireNumber(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = bytes.findIndex((byte) => byte !== 0);
  const significant = start < 0 ? new Uint8Array() : bytes.slice(start);
  if ((significant[0] ?? 0) < 0x80) return new Uint8Array(significant);
  return new Uint8Array([0, ...significant]);
}

/** @returns nothing for what is no Base64, and for nothing */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return text === "" ? undefined : Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
