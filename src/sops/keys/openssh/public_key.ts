import { RecipientError, UnsupportedError } from "../../errors.ts";
import { fromBase64, WireReader } from "./wire.ts";

/** A public key in SSH's own encoding, which its fingerprint is made from. */
export interface SshEd25519PublicKey {
  readonly type: "ssh-ed25519";
  readonly blob: Uint8Array<ArrayBuffer>;
  /** 32 bytes, the compressed point of the Edwards curve. */
  readonly point: Uint8Array<ArrayBuffer>;
}

export interface SshRsaPublicKey {
  readonly type: "ssh-rsa";
  readonly blob: Uint8Array<ArrayBuffer>;
  /** Big-endian, without zeros before it. */
  readonly modulus: Uint8Array<ArrayBuffer>;
  readonly exponent: Uint8Array<ArrayBuffer>;
}

export type SshPublicKey = SshEd25519PublicKey | SshRsaPublicKey;

/** The shortest RSA key that age encrypts to. */
const rsaBytes = 2048 / 8;

/**
 * Reads a line of a `.pub` or `authorized_keys` file.
 *
 * @param line `ssh-ed25519 AAAA… comment`
 * @throws {UnsupportedError} for SSH keys that age knows nothing of, such as ECDSA
 * @throws {RecipientError} for anything else
 * @see filippo.io/age/agessh, ParseRecipient; RFC 4253, section 6.6; RFC 8709, section 4
 */
export function parseSshPublicKey(line: string): SshPublicKey {
  const [name = "", encoded = ""] = line.trim().split(/\s+/);
  if (name !== "ssh-ed25519" && name !== "ssh-rsa") {
    if (/^(ssh|ecdsa|sk)-[\w@.-]+$/.test(name)) throw new UnsupportedError("recipient", name);
    throw new RecipientError(line.trim(), 'an SSH public key begins with "ssh-ed25519"');
  }
  const blob = fromBase64(encoded);
  const key = blob && readSshPublicKey(blob);
  if (key?.type !== name) throw new RecipientError(line.trim(), "its key is not whole");
  if (key.type === "ssh-rsa" && key.modulus.length < rsaBytes) {
    throw new RecipientError(line.trim(), `an RSA key has at least ${rsaBytes * 8} bits`);
  }
  return key;
}

/** @returns nothing for what is no whole public key of one of the two types */
export function readSshPublicKey(blob: Uint8Array<ArrayBuffer>): SshPublicKey | undefined {
  const reader = new WireReader(blob);
  const type = reader.text();
  if (type === "ssh-ed25519") {
    const point = reader.bytes();
    return point?.length === 32 && reader.atEnd ? { type, blob, point } : undefined;
  }
  if (type === "ssh-rsa") {
    const exponent = reader.number();
    const modulus = reader.number();
    return exponent && modulus && reader.atEnd ? { type, blob, modulus, exponent } : undefined;
  }
  return undefined;
}
