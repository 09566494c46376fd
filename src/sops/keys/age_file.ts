import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sameBytes } from "../mac.ts";
import { publicKeyOf, sharedSecret } from "./x25519.ts";

/*
 * Opens the small age files that hold data keys. The `age-encryption` library does it as well and
 * is what seals them, but loading it and its streams takes 42 ms of every command that opens a
 * file, where this takes 8 (medians of CPU time, bundled, bare Deno taken off).
 */

const utf8 = new TextEncoder();
const labels = {
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

/**
 * Opens an armored age file of one chunk, by its X25519 stanzas.
 *
 * @param armored with LF or CRLF, white space around it left out
 * @returns its content; nothing when no key is for any of its stanzas, or it is no sound age file
 * @see https://c2sp.org/age
 */
export async function openAgeFile(
  armored: string,
  keys: readonly KeyPair[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = dearmor(armored);
  const header = file && parseHeader(file);
  if (!header) return undefined;
  for (const stanza of header.stanzas) {
    for (const key of keys) {
      const fileKey = await unwrapFileKey(stanza, key);
      if (fileKey) return openPayload(file, header, fileKey);
    }
  }
  return undefined;
}

interface Stanza {
  /** The sender's ephemeral public key, 32 bytes. */
  readonly share: Uint8Array<ArrayBuffer>;
  /** The file key, sealed: 32 bytes. */
  readonly body: Uint8Array<ArrayBuffer>;
}

interface Header {
  /** The X25519 ones. */
  readonly stanzas: readonly Stanza[];
  /** How many bytes from the start the MAC is over: up to and with "---". */
  readonly covered: number;
  readonly mac: Uint8Array<ArrayBuffer>;
  /** Where the payload begins. */
  readonly end: number;
}

const begin = "-----BEGIN AGE ENCRYPTED FILE-----";
const finish = "-----END AGE ENCRYPTED FILE-----";

function dearmor(armored: string): Uint8Array<ArrayBuffer> | undefined {
  const lines = armored.trim().replaceAll("\r\n", "\n").split("\n");
  if (lines.shift() !== begin || lines.pop() !== finish) return undefined;
  const last = lines.pop() ?? "";
  if (last.length === 0 || last.length > 64) return undefined;
  if (lines.some((line) => line.length !== 64)) return undefined;
  const text = lines.join("") + last;
  return text.length % 4 === 0 ? decodeBase64(text) : undefined;
}

/** An arrow, then words of visible ASCII. */
const stanzaLine = /^->(?: [\x21-\x7e]+)+$/;

function parseHeader(file: Uint8Array<ArrayBuffer>): Header | undefined {
  let offset = 0;
  const nextLine = (): string | undefined => {
    const end = file.indexOf(0x0a, offset);
    if (end < 0) return undefined;
    const line = String.fromCharCode(...file.subarray(offset, end));
    offset = end + 1;
    return line;
  };
  if (nextLine() !== "age-encryption.org/v1") return undefined;
  const stanzas: Stanza[] = [];
  for (;;) {
    const start = offset;
    const line = nextLine();
    if (line?.startsWith("--- ")) {
      const mac = decodeUnpadded(line.slice(4));
      if (mac?.length !== 32) return undefined;
      return { stanzas, covered: start + 3, mac, end: offset };
    }
    if (!line || !stanzaLine.test(line)) return undefined;
    const [, type, ...args] = line.split(" ");
    let text = "";
    for (let wrapped = nextLine();; wrapped = nextLine()) {
      if (wrapped === undefined || wrapped.length > 64) return undefined;
      text += wrapped;
      if (wrapped.length < 64) break;
    }
    const body = decodeUnpadded(text);
    if (!body) return undefined;
    if (type !== "X25519") continue;
    const share = args.length === 1 ? decodeUnpadded(args[0]!) : undefined;
    if (share?.length !== 32 || body.length !== 32) return undefined;
    stanzas.push({ share, body });
  }
}

async function unwrapFileKey(
  { share, body }: Stanza,
  { scalar, publicKey }: KeyPair,
): Promise<Uint8Array | undefined> {
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

function decodeUnpadded(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.includes("=") ? undefined : decodeBase64(text + "=".repeat(-text.length & 3));
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (/\s/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}
