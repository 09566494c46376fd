import { latin1, scalarBytes } from "../../cipher.ts";
import { Scalar } from "../../tree.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Where a byte that belongs to no UTF-8 sequence stands in a text: half of a surrogate pair. */
const escapeBase = 0xdc00;

/**
 * Text from bytes of which some may be no UTF-8: Go's strings hold any bytes, and so do dotenv and
 * INI files in other encodings. Such a byte becomes U+DC80 to U+DCFF, which no UTF-8 holds.
 */
export function decodeAny(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

function decodeMixed(bytes: Uint8Array): string {
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  const flush = () => {
    if (at > from) parts.push(strict.decode(bytes.subarray(from, at)));
  };
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    flush();
    parts.push(String.fromCharCode(escapeBase + bytes[at]!));
    from = ++at;
  }
  flush();
  return parts.join("");
}

/** @returns how many bytes the character at that place has; 0 where there is none */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

/** The bytes of what `decodeAny` gives. */
export function encodeAny(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return utf8.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (isEscaped(code)) bytes.push(code - escapeBase);
    else for (const byte of utf8.encode(character)) bytes.push(byte);
  }
  return new Uint8Array(bytes);
}

function isEscaped(code: number): boolean {
  return code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
}

/** How many bytes a text has. */
export function byteLength(text: string): number {
  return encodeAny(text).length;
}

/** A leaf that holds a text of `decodeAny`. */
export function scalarOf(text: string): Scalar {
  if (text.isWellFormed()) return new Scalar("str", text);
  return new Scalar("bytes", latin1(encodeAny(text)));
}

/** The text of a `str` or of `bytes`, as `decodeAny` would give it. */
export function textOfScalar(scalar: Scalar): string {
  return scalar.type === "bytes"
    ? decodeAny(scalarBytes("bytes", scalar.reveal()))
    : scalar.reveal();
}
