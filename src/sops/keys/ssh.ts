import { IdentityError, RecipientError, UnsupportedError } from "../errors.ts";
import { identityFromScalar, recipientFromPublicKey, type X25519Identity } from "./identity.ts";

const ed25519Name = "ssh-ed25519";

/**
 * The age recipient of an SSH Ed25519 key, as `ssh-to-age` makes it: the same point, taken from
 * the Edwards to the Montgomery curve. A NixOS host opens files with its SSH host key so.
 *
 * @param line `ssh-ed25519 AAAA… comment`, as in a `.pub` file
 * @returns `age1…`
 * @throws {UnsupportedError} for SSH keys of other kinds
 * @throws {RecipientError} for anything else
 * @see Mic92/ssh-to-age convert.go; RFC 7748, section 4.1
 */
export async function sshToAgeRecipient(line: string): Promise<string> {
  const [name = "", encoded = ""] = line.trim().split(/\s+/);
  if (name !== ed25519Name) {
    if (/^(ssh|ecdsa|sk)-[\w@.-]+$/.test(name)) throw new UnsupportedError("recipient", name);
    throw new RecipientError(line.trim(), `an SSH public key begins with "${ed25519Name}"`);
  }
  const blob = decodeBase64(encoded);
  const reader = blob && new Reader(blob);
  const inner = reader?.text();
  const key = reader?.bytes();
  if (inner !== ed25519Name || key?.length !== 32 || !reader?.atEnd) {
    throw new RecipientError(line.trim(), "its key is not whole");
  }
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  try {
    return recipientFromPublicKey(ed25519.utils.toMontgomery(key));
  } catch {
    throw new RecipientError(line.trim(), "its key is no point of the curve");
  }
}

/**
 * The age identity of an SSH Ed25519 key, as `ssh-to-age -private-key` makes it: the scalar that
 * the seed hashes to.
 *
 * @param text an OpenSSH private key file, not encrypted
 * @param source where it came from, for errors
 * @throws {UnsupportedError} for encrypted keys and for keys of other kinds
 * @throws {IdentityError} when the file is not whole
 * @see openssh PROTOCOL.key
 */
export async function sshToAgeIdentity(text: string, source: string): Promise<X25519Identity> {
  const seed = ed25519Seed(text, source);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", seed));
  // Not clamped, as ssh-to-age leaves it; X25519 does that whenever it is used.
  return identityFromScalar(hash.slice(0, 32), source);
}

const magic = "openssh-key-v1\0";

/** @returns the 32 bytes that the key pair is made from */
function ed25519Seed(text: string, source: string): Uint8Array<ArrayBuffer> {
  const armor =
    /^\s*-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([\s\S]+?)\r?\n?-----END OPENSSH PRIVATE KEY-----/
      .exec(text);
  const blob = decodeBase64((armor?.[1] ?? "").replace(/\s+/g, ""));
  if (!blob) throw new IdentityError(source, 1, "an OpenSSH private key without its armor");
  const outer = new Reader(blob);
  if (outer.raw(magic.length) !== magic) {
    throw new IdentityError(source, 1, "an OpenSSH private key that begins otherwise");
  }
  const cipher = outer.text();
  outer.text();
  outer.bytes();
  if (cipher !== "none") {
    throw new UnsupportedError("identity", "OpenSSH private key with a passphrase", source);
  }
  if (outer.uint32() !== 1) {
    throw new IdentityError(source, 1, "an OpenSSH private key file that holds not one key");
  }
  outer.bytes();
  const inner = new Reader(outer.bytes() ?? new Uint8Array());
  const check = inner.uint32();
  if (check === undefined || check !== inner.uint32()) {
    throw new IdentityError(source, 1, "an OpenSSH private key whose check numbers differ");
  }
  const type = inner.text();
  if (type !== ed25519Name) {
    throw new UnsupportedError("identity", `${type ?? "unknown"} private key`, source);
  }
  const publicKey = inner.bytes();
  const privateKey = inner.bytes();
  if (publicKey?.length !== 32 || privateKey?.length !== 64) {
    throw new IdentityError(source, 1, "an OpenSSH private key that is not whole");
  }
  return privateKey.slice(0, 32);
}

/** Reads the length-prefixed fields of RFC 4251, section 5; gives nothing past the end. */
class Reader {
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

  bytes(): Uint8Array<ArrayBuffer> | undefined {
    const length = this.uint32();
    if (length === undefined || this.#offset + length > this.blob.length) return undefined;
    return this.blob.subarray(this.#offset, this.#offset += length);
  }

  text(): string | undefined {
    const bytes = this.bytes();
    return bytes && new TextDecoder().decode(bytes);
  }

  raw(length: number): string {
    return new TextDecoder().decode(this.blob.subarray(this.#offset, this.#offset += length));
  }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return text === "" ? undefined : Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
