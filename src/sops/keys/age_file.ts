import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sameBytes } from "../mac.ts";
import { type AgeStanza, decodeBase64, decodeUnpadded, readStanza } from "./stanza.ts";
import { publicKeyOf, sharedSecret } from "./x25519.ts";

/*
 * Opens the small age files that hold data keys. The `age-encryption` library does it as well and
 * is what seals them, but loading it and its streams takes 42 ms of every command that opens a
 * file, where this takes 8 (medians of CPU time, bundled, bare Deno taken off).
 */

const utf8 = new TextEncoder();
/** What keys of an age file are derived for. */
export const labels = {
  wrap: utf8.encode("age-encryption.org/v1/X25519"),
  header: utf8.encode("header"),
  payload: utf8.encode("payload"),
};

/** A private key with its public one. */
export interface KeyPair {
  /** 32 bytes. */
  readonly scalar: Uint8Array<ArrayBuffer>;
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** @param scalar the 32 bytes of an age X25519 identity */
export async function keyPairOf(scalar: Uint8Array<ArrayBuffer>): Promise<KeyPair> {
  return { scalar, publicKey: await publicKeyOf(scalar) };
}

/** Finds the file key, 16 bytes, in a header's stanzas; nothing when none of them is for it. */
export type OpenFileKey = (
  stanzas: readonly AgeStanza[],
) => Promise<Uint8Array<ArrayBuffer> | undefined>;

/**
 * Opens an armored age file of one chunk.
 *
 * @param armored with LF or CRLF, white space around it left out
 * @param openers tried one after another
 * @returns its content; nothing when none opens it, or it is no sound age file
 * @see https://c2sp.org/age
 */
export async function openAgeFile(
  armored: string,
  openers: readonly OpenFileKey[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = dearmor(armored);
  const header = file && parseHeader(file);
  if (!header) return undefined;
  for (const open of openers) {
    const fileKey = await open(header.stanzas);
    if (fileKey) return openPayload(file, header, fileKey);
  }
  return undefined;
}

/** @returns what opens the X25519 stanzas that are for one of the keys */
export function openByX25519(keys: readonly KeyPair[]): OpenFileKey {
  return async (stanzas) => {
    for (const { args, body } of stanzas) {
      if (args[0] !== "X25519") continue;
      // Checked by parseHeader.
      const share = decodeUnpadded(args[1]!)!;
      for (const key of keys) {
        const fileKey = await unwrapFileKey(share, body, key);
        if (fileKey) return fileKey;
      }
    }
    return undefined;
  };
}

/** The header of an age file. */
export interface Header {
  readonly stanzas: readonly AgeStanza[];
  /** How many bytes from the start the MAC is over: up to and with "---". */
  readonly covered: number;
  readonly mac: Uint8Array<ArrayBuffer>;
  /** Where the payload begins. */
  readonly end: number;
}

const begin = "-----BEGIN AGE ENCRYPTED FILE-----";
const finish = "-----END AGE ENCRYPTED FILE-----";

/** @returns the bytes of an armored age file; nothing where it is none */
export function dearmor(armored: string): Uint8Array<ArrayBuffer> | undefined {
  const lines = armored.trim().replaceAll("\r\n", "\n").split("\n");
  if (lines.shift() !== begin || lines.pop() !== finish) return undefined;
  const last = lines.pop() ?? "";
  if (last.length === 0 || last.length > 64) return undefined;
  if (lines.some((line) => line.length !== 64)) return undefined;
  const text = lines.join("") + last;
  return text.length % 4 === 0 ? decodeBase64(text) : undefined;
}

/** Of a header: the arguments of a stanza are a few words, and bodies have lines of 64. */
const longestLine = 16_384;
/** SOPS has one recipient in each of its age files, and some programs add a stanza for nobody. */
const mostStanzas = 32;

/**
 * @returns nothing where it is no age file of version 1, has a malformed X25519 stanza, or more
 *   stanzas than files for one recipient have
 */
export function parseHeader(file: Uint8Array<ArrayBuffer>): Header | undefined {
  let offset = 0;
  const nextLine = (): string | undefined => {
    const end = file.indexOf(0x0a, offset);
    if (end < 0) return undefined;
    if (end - offset > longestLine) return undefined;
    const line = String.fromCharCode(...file.subarray(offset, end));
    offset = end + 1;
    return line;
  };
  if (nextLine() !== "age-encryption.org/v1") return undefined;
  const stanzas: AgeStanza[] = [];
  for (;;) {
    const start = offset;
    const line = nextLine();
    if (line?.startsWith("--- ")) {
      const mac = decodeUnpadded(line.slice(4));
      if (mac?.length !== 32) return undefined;
      return { stanzas, covered: start + 3, mac, end: offset };
    }
    const stanza = line ? readStanza(line, nextLine) : undefined;
    if (!stanza) return undefined;
    const { args: [type, share, ...more], body } = stanza;
    if (type === "X25519") {
      if (share === undefined || more.length > 0 || body.length !== 32) return undefined;
      if (decodeUnpadded(share)?.length !== 32) return undefined;
    }
    if (stanzas.push(stanza) > mostStanzas) return undefined;
  }
}

async function unwrapFileKey(
  share: Uint8Array<ArrayBuffer>,
  body: Uint8Array<ArrayBuffer>,
  { scalar, publicKey }: KeyPair,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const secret = await sharedSecret(scalar, share);
  if (!secret) return undefined;
  const salt = new Uint8Array(64);
  salt.set(share);
  salt.set(publicKey, 32);
  return unseal(hkdf(sha256, secret, salt, labels.wrap, 32), 0, body);
}

function openPayload(
  file: Uint8Array<ArrayBuffer>,
  { covered, mac, end }: Header,
  fileKey: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const macKey = hkdf(sha256, fileKey, undefined, labels.header, 32);
  if (!sameBytes(hmac(sha256, macKey, file.subarray(0, covered)), mac)) return undefined;
  const nonce = file.subarray(end, end + 16);
  const key = hkdf(sha256, fileKey, nonce, labels.payload, 32);
  return unseal(key, 1, file.subarray(end + 16));
}

/** @param last the last byte of an otherwise empty nonce: in a payload 1 for the only chunk */
function unseal(
  key: Uint8Array,
  last: number,
  sealed: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const nonce = new Uint8Array(12);
  nonce[11] = last;
  try {
    return new Uint8Array(chacha20poly1305(key, nonce).decrypt(sealed));
  } catch {
    return undefined;
  }
}
