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
  const units = new Uint16Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const count = sequenceLength(bytes, at);
    const code = count === 0 ? escapeBase + bytes[at]! : codePoint(bytes, at, count);
    if (code > 0xffff) units[length++] = 0xd7c0 + (code >> 10);
    units[length++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
    at += count || 1;
  }
  let text = "";
  for (let at = 0; at < length; at += piece) {
    text += String.fromCharCode(...units.subarray(at, Math.min(at + piece, length)));
  }
  return text;
}

/** As many as may be arguments of one call. */
const piece = 1 << 13;

function codePoint(bytes: Uint8Array, at: number, count: number): number {
  let code = count === 1 ? bytes[at]! : bytes[at]! & (0x7f >> count);
  for (let next = at + 1; next < at + count; next++) code = code << 6 | bytes[next]! & 0x3f;
  return code;
}

/**
 * @returns how many bytes the character at that place has; 0 where there is none
 * @see RFC 3629, section 4
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // What is too long a spelling, half of a surrogate pair, or beyond U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < least || second > most) return 0;
  for (let next = at + 2; next < at + length; next++) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The bytes of what `decodeAny` gives. */
export function encodeAny(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return utf8.encode(text);
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at);
    const escaped = isEscaped(code) && !isHigh(text.charCodeAt(at - 1));
    if (at < text.length && !escaped) continue;
    length += utf8.encodeInto(text.slice(from, at), bytes.subarray(length)).written;
    if (escaped) bytes[length++] = code - escapeBase;
    from = at + 1;
  }
  return bytes.slice(0, length);
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
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
