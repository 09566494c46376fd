import { fieldOf, type MasterKey, type OtherKey } from "./master_key.ts";

/*
 * The messages of SOPS's key service, in Protocol Buffers: two requests with a key and bytes, two
 * responses with bytes.
 */

const utf8 = new TextEncoder();

/** What a request is about: the field number of the key's type, and its own fields in their order. */
const shapes: Readonly<Record<MasterKey["type"], readonly [number: number, ...string[]]>> = {
  kms: [1, "arn", "role"],
  pgp: [2, "fp"],
  gcp_kms: [3, "resource_id"],
  azure_kv: [4, "vault_url", "name", "version"],
  hc_vault: [5, "vault_address", "engine_path", "key_name"],
  age: [6],
  hckms: [7, "key_id"],
};

/**
 * An `EncryptRequest` or a `DecryptRequest`; they look the same.
 *
 * @param bytes what is to be encrypted, or what was
 * @see getsops/sops keyservice/keyservice.proto
 */
export function encodeKeyRequest(key: MasterKey, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const [number, ...names] = shapes[key.type];
  const fields = key.type === "age"
    ? [field(1, utf8.encode(key.recipient))]
    : [...textFields(key, names), ...(key.type === "kms" ? kmsFields(key) : [])];
  return join([field(1, field(number, join(fields))), field(2, bytes)]);
}

function textFields(key: OtherKey, names: readonly string[]): Uint8Array[] {
  return names.flatMap((name, index) => {
    const text = fieldOf(key, name);
    return text ? [field(index + 1, utf8.encode(text))] : [];
  });
}

function kmsFields(key: OtherKey): Uint8Array[] {
  const context = contextOf(key).map(([name, value]) =>
    field(3, join([field(1, utf8.encode(name)), field(2, utf8.encode(value))]))
  );
  const profile = fieldOf(key, "aws_profile");
  return [...context, ...(profile ? [field(4, utf8.encode(profile))] : [])];
}

/** The encryption context of a KMS key. */
export function contextOf({ entry }: OtherKey): [name: string, value: string][] {
  const context = entry.entries.find((each) => each.kind === "pair" && each.key === "context");
  if (context?.kind !== "pair" || context.value.kind !== "mapping") return [];
  return context.value.entries.flatMap((each): [string, string][] =>
    each.kind === "pair" && each.value.kind === "scalar" ? [[each.key, each.value.reveal()]] : []
  );
}

/**
 * The bytes in an `EncryptResponse` or a `DecryptResponse`.
 *
 * @returns nothing when it is no such message
 */
export function decodeKeyResponse(message: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  let offset = 0;
  let found: Uint8Array<ArrayBuffer> | undefined = new Uint8Array();
  while (offset < message.length) {
    const tag = varint();
    const length = varint();
    // Only fields of bytes are known; any other means another protocol.
    if (tag === undefined || (tag & 7) !== 2 || length === undefined) return undefined;
    if (offset + length > message.length) return undefined;
    if (tag >> 3 === 1) found = new Uint8Array(message.subarray(offset, offset + length));
    offset += length;
  }
  return found;

  function varint(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = message[offset++];
      if (byte === undefined) return undefined;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}

/** @param number below 16 */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return join([new Uint8Array([number << 3 | 2]), lengthOf(bytes), bytes]);
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  const bytes = [];
  for (; length > 0x7f; length >>>= 7) bytes.push(length & 0x7f | 0x80);
  return new Uint8Array([...bytes, length]);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
