import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { RecipientError } from "../errors.ts";
import { sameBytes } from "../mac.ts";
import { dearmor, type Header, type KeyPair, labels, parseHeader } from "./age_file.ts";
import { publicKeyOfRecipient } from "./identity.ts";
import { decodeUnpadded, encodeUnpadded } from "./stanza.ts";

/*
 * The same small age files as `age_file.ts` and the age library have, by OpenSSL: a third of a
 * millisecond for what takes those three, once the Node layer is loaded. For many files at once.
 */

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = new TextEncoder();
const cipher = "chacha20-poly1305";
const tagLength = 16;
const first = new Uint8Array(12);
/** Of the only chunk of a payload. */
const last = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** @see RFC 8410 */
const pkcs8Prefix = Uint8Array.fromHex("302e020100300506032b656e04220420");
const spkiPrefix = Uint8Array.fromHex("302a300506032b656e032100");

const privateKeys = new WeakMap<KeyPair, KeyObject>();

function privateKeyOf(pair: KeyPair): KeyObject {
  const key = privateKeys.get(pair) ?? privateKey(pair.scalar);
  privateKeys.set(pair, key);
  return key;
}

/**
 * Opens an armored age file of one chunk.
 *
 * @returns its content; nothing when none of the identities opens it, or it is no sound age file
 */
export function openAgeNatively(
  armored: string,
  identities: readonly KeyPair[],
): Bytes | undefined {
  const file = dearmor(armored);
  const header = file && parseHeader(file);
  if (!header) return undefined;
  for (const { args, body } of header.stanzas) {
    if (args[0] !== "X25519") continue;
    // Checked by parseHeader.
    const share = decodeUnpadded(args[1]!)!;
    for (const identity of identities) {
      const secret = agreed(privateKeyOf(identity), publicKey(share));
      const wrapKey = secret && hkdf(secret, joined(share, identity.publicKey), labels.wrap);
      const fileKey = wrapKey && unseal(wrapKey, first, body);
      if (fileKey) return openPayload(file, header, fileKey);
    }
  }
  return undefined;
}

function openPayload(file: Bytes, header: Header, fileKey: Uint8Array): Bytes | undefined {
  const { covered, mac, end } = header;
  const expected = headerMac(fileKey, file.subarray(0, covered));
  if (!sameBytes(expected, mac)) return undefined;
  const key = hkdf(fileKey, file.subarray(end, end + 16), labels.payload);
  return unseal(key, last, file.subarray(end + 16));
}

/** Encrypts data keys for one recipient. */
export type SealAge = (content: Uint8Array) => string;

const sealers = new Map<string, SealAge>();

/**
 * What encrypts for a recipient, each time with an ephemeral key of its own.
 *
 * @param recipient `age1…`, X25519
 * @returns makes armored age files as age writes them
 * @throws {RecipientError} when it is none
 */
export function nativeSealer(recipient: string): SealAge {
  const sealer = sealers.get(recipient) ?? makeSealer(recipient);
  sealers.set(recipient, sealer);
  return sealer;
}

function makeSealer(recipient: string): SealAge {
  const publicBytes = publicKeyOfRecipient(recipient);
  const theirs = publicKey(publicBytes);
  return (content) => {
    const ephemeral = generateKeyPairSync("x25519");
    const share = publicBytesOf(ephemeral.publicKey);
    const secret = agreed(ephemeral.privateKey, theirs);
    if (!secret) throw new RecipientError(recipient, "it is no key that can be encrypted to");
    const fileKey = randomBytes(16);
    const body = seal(hkdf(secret, joined(share, publicBytes), labels.wrap), first, fileKey);
    const header = "age-encryption.org/v1\n" +
      `-> X25519 ${encodeUnpadded(share)}\n${encodeUnpadded(body)}\n---`;
    const mac = headerMac(fileKey, utf8.encode(header));
    const nonce = randomBytes(16);
    const payload = seal(hkdf(fileKey, nonce, labels.payload), last, content);
    const start = utf8.encode(`${header} ${encodeUnpadded(mac)}\n`);
    return armored(joined(start, nonce, payload));
  };
}

function armored(file: Bytes): string {
  const lines = file.toBase64().match(/.{1,64}/g)!;
  return `-----BEGIN AGE ENCRYPTED FILE-----\n${
    lines.join("\n")
  }\n-----END AGE ENCRYPTED FILE-----\n`;
}

function privateKey(scalar: Bytes): KeyObject {
  const der = joined(pkcs8Prefix, scalar) as Bytes & Parameters<typeof createPrivateKey>[0];
  try {
    return createPrivateKey({ key: der as never, format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}

function publicKey(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: joined(spkiPrefix, bytes) as never, format: "der", type: "spki" });
}

function publicBytesOf(key: KeyObject): Bytes {
  const spki = key.export({ type: "spki", format: "der" });
  return new Uint8Array(spki.subarray(spkiPrefix.length));
}

/** @returns nothing for the points that give nothing but zeros */
function agreed(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | undefined {
  let secret: Uint8Array;
  try {
    secret = diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined;
  }
  return secret.some((byte) => byte !== 0) ? secret : undefined;
}

function headerMac(fileKey: Uint8Array, header: Uint8Array): Uint8Array {
  const key = hkdf(fileKey, new Uint8Array(), labels.header);
  return createHmac("sha256", key).update(header).digest();
}

function hkdf(key: Uint8Array, salt: Uint8Array, label: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, label, 32));
}

function seal(key: Uint8Array, nonce: Uint8Array, content: Uint8Array): Bytes {
  const encipher = createCipheriv(cipher, key, nonce, { authTagLength: tagLength });
  const data = encipher.update(content);
  encipher.final();
  return joined(data, encipher.getAuthTag());
}

function unseal(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Bytes | undefined {
  if (sealed.length < tagLength) return undefined;
  const decipher = createDecipheriv(cipher, key, nonce, { authTagLength: tagLength });
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const content = decipher.update(sealed.subarray(0, sealed.length - tagLength));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return new Uint8Array(content);
}

function joined(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
