import { joined } from "./http.ts";

const encoder = new TextEncoder();

/** CRC-32 as in gzip. */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A header of type 7, a string: length and name, type, length and value. */
function stringHeader(name: string, value: string): Uint8Array {
  const nameBytes = encoder.encode(name);
  const valueBytes = encoder.encode(value);
  return joined([
    Uint8Array.of(nameBytes.length),
    nameBytes,
    Uint8Array.of(7, valueBytes.length >> 8, valueBytes.length & 255),
    valueBytes,
  ]);
}

/**
 * One message of `application/vnd.amazon.eventstream`.
 *
 * @see Smithy, "Amazon Event Stream Specification"
 */
export function message(
  headers: Readonly<Record<string, string>>,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = joined(Object.entries(headers).map(([name, value]) => stringHeader(name, value)));
  const prelude = joined([uint32(16 + head.length + payload.length), uint32(head.length)]);
  const body = joined([prelude, uint32(crc32(prelude)), head, payload]);
  return joined([body, uint32(crc32(body))]);
}

/** An event with a JSON payload. */
export function event(type: string, payload: unknown): Uint8Array<ArrayBuffer> {
  return message({
    ":event-type": type,
    ":content-type": "application/json",
    ":message-type": "event",
  }, encoder.encode(JSON.stringify(payload)));
}

/** An error in the midst of a stream. */
export function exception(type: string, text: string): Uint8Array<ArrayBuffer> {
  return message({
    ":exception-type": type,
    ":content-type": "application/json",
    ":message-type": "exception",
  }, encoder.encode(JSON.stringify({ message: text })));
}
