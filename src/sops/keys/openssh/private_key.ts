import { IdentityError, UnsupportedError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import { readSshPublicKey, type SshPublicKey } from "./public_key.ts";
import { fromBase64, wireBytes, wireNumber, WireReader } from "./wire.ts";

export interface SshEd25519PrivateKey {
  readonly type: "ssh-ed25519";
  readonly publicKey: SshPublicKey;
  /** The 32 bytes that the key pair is made from. */
  readonly seed: Uint8Array<ArrayBuffer>;
}

export interface SshRsaPrivateKey {
  readonly type: "ssh-rsa";
  readonly publicKey: SshPublicKey;
  /** For WebCrypto's RSA-OAEP. */
  readonly jwk: JsonWebKey;
}

export type SshPrivateKey = SshEd25519PrivateKey | SshRsaPrivateKey;

/** A private key file that was read, and opens with a passphrase where it has one. */
export interface SshPrivateKeyFile {
  readonly encrypted: boolean;
  /** Absent where only the opened file tells: encrypted PEM of before OpenSSH 6.5. */
  readonly publicKey: SshPublicKey | undefined;
  /**
   * @returns nothing when the passphrase is not the one
   * @throws {IdentityError} when the file is not whole
   * @throws {UnsupportedError} for keys that age knows nothing of
   */
  open(passphrase?: Secret): Promise<SshPrivateKey | undefined>;
}

const openSshArmor =
  /^\s*-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([\s\S]+?)\r?\n?-----END OPENSSH PRIVATE KEY-----/;
const pemArmor = /^\s*-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----/;

/**
 * Reads an SSH private key: OpenSSH's own form, or PEM (PKCS #1, PKCS #8).
 *
 * @param text the file
 * @param source where it came from, for errors
 * @throws {IdentityError} when it is none of these, or not whole
 * @throws {UnsupportedError} for ciphers and key types that age does not take
 * @see openssh PROTOCOL.key; golang.org/x/crypto/ssh, ParseRawPrivateKey
 */
export function readSshPrivateKey(text: string, source: string): SshPrivateKeyFile {
  const armored = openSshArmor.exec(text);
  if (armored) return readOpenSsh(armored[1]!, source);
  const pem = pemArmor.exec(text);
  if (pem) return readPem(text, source);
  throw fault(source, "no OpenSSH private key");
}

function readOpenSsh(base64: string, source: string): SshPrivateKeyFile {
  const magic = "openssh-key-v1\0";
  const blob = fromBase64(base64.replace(/\s+/g, ""));
  if (!blob) throw fault(source, "an OpenSSH private key without its armor");
  const outer = new WireReader(blob);
  if (new TextDecoder().decode(outer.raw(magic.length)) !== magic) {
    throw fault(source, "an OpenSSH private key that begins otherwise");
  }
  const cipher = outer.text() ?? "";
  const derivation = outer.text();
  const parameters = outer.bytes();
  if (outer.uint32() !== 1) throw fault(source, "an OpenSSH private key file with several keys");
  const publicBlob = outer.bytes();
  const sealed = outer.bytes();
  if (!publicBlob || !sealed || !parameters) {
    throw fault(source, "an OpenSSH private key that is not whole");
  }
  const publicKey = readSshPublicKey(publicBlob);
  if (!publicKey) {
    const type = new WireReader(publicBlob).text() ?? "unknown";
    throw new UnsupportedError("identity", `${type} private key`, source);
  }
  if (cipher === "none") {
    return {
      encrypted: false,
      publicKey,
      open: () => Promise.resolve(readKey(sealed, publicKey, source)),
    };
  }
  if (derivation !== "bcrypt" || !(cipher in ivLengths)) {
    throw new UnsupportedError("identity", `OpenSSH private key under ${cipher}`, source);
  }
  return {
    encrypted: true,
    publicKey,
    async open(passphrase) {
      if (!passphrase) return undefined;
      const opened = await decrypt(sealed, cipher, parameters, passphrase, source);
      // Two numbers that agree are how OpenSSH tells a right passphrase from a wrong one.
      const reader = new WireReader(opened);
      const check = reader.uint32();
      return check === reader.uint32() ? readKey(opened, publicKey, source) : undefined;
    },
  };
}

const ivLengths: Readonly<Record<string, number>> = { "aes256-ctr": 16, "aes256-cbc": 16 };

async function decrypt(
  sealed: Uint8Array<ArrayBuffer>,
  cipher: string,
  parameters: Uint8Array<ArrayBuffer>,
  passphrase: Secret,
  source: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new WireReader(parameters);
  const salt = reader.bytes();
  const rounds = reader.uint32();
  if (!salt || !rounds) throw fault(source, "an OpenSSH private key without its salt");
  const secret = new TextEncoder().encode(passphrase.reveal());
  const [{ default: bcrypt }, { cbc, ctr }] = await Promise.all([
    import("bcrypt-pbkdf"),
    import("@noble/ciphers/aes.js"),
  ]);
  const derived = new Uint8Array(32 + ivLengths[cipher]!);
  if (
    bcrypt.pbkdf(secret, secret.length, salt, salt.length, derived, derived.length, rounds) !== 0
  ) {
    throw fault(source, "an OpenSSH private key with impossible parameters");
  }
  const [key, iv] = [derived.subarray(0, 32), derived.subarray(32)];
  try {
    return new Uint8Array(
      cipher === "aes256-ctr"
        ? ctr(key, iv).decrypt(sealed)
        : cbc(key, iv, { disablePadding: true }).decrypt(sealed),
    );
  } catch {
    throw fault(source, "an OpenSSH private key that is not whole");
  } finally {
    derived.fill(0);
    secret.fill(0);
  }
}

/** @param blob what `sealed` holds: two check numbers, type, public and private parts, comment */
function readKey(
  blob: Uint8Array<ArrayBuffer>,
  publicKey: SshPublicKey,
  source: string,
): SshPrivateKey {
  const reader = new WireReader(blob);
  const check = reader.uint32();
  if (check === undefined || check !== reader.uint32()) {
    throw fault(source, "an OpenSSH private key whose check numbers differ");
  }
  const type = reader.text();
  if (type === "ssh-ed25519" && publicKey.type === type) {
    const point = reader.bytes();
    const both = reader.bytes();
    if (point?.length === 32 && both?.length === 64) {
      return { type, publicKey, seed: both.slice(0, 32) };
    }
  }
  if (type === "ssh-rsa" && publicKey.type === type) {
    const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => reader.number());
    if (n && e && d && qi && p && q) {
      return { type, publicKey, jwk: rsaJwk({ n, e, d, qi, p, q }) };
    }
  }
  throw fault(source, "an OpenSSH private key that is not whole");
}

type RsaField = "n" | "e" | "d" | "qi" | "p" | "q";

/** OpenSSH leaves out the two exponents that WebCrypto asks for. */
function rsaJwk(fields: Readonly<Record<RsaField, Uint8Array>>): JsonWebKey {
  const number = (bytes: Uint8Array) => BigInt(`0x${bytes.toHex()}`);
  const [d, p, q] = [number(fields.d), number(fields.p), number(fields.q)];
  const bytes = (value: bigint) => {
    const hex = value.toString(16);
    return Uint8Array.fromHex(hex.length % 2 ? `0${hex}` : hex);
  };
  const all = { ...fields, dp: bytes(d % (p - 1n)), dq: bytes(d % (q - 1n)) };
  const encoded = Object.entries(all).map(([name, value]) => [
    name,
    value.toBase64({ alphabet: "base64url", omitPadding: true }),
  ]);
  return { kty: "RSA", ...Object.fromEntries(encoded) };
}

/** PEM is read by the run time's own parser. */
function readPem(text: string, source: string): SshPrivateKeyFile {
  return {
    encrypted: /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text),
    publicKey: undefined,
    async open(passphrase) {
      const { createPrivateKey } = await import("node:crypto");
      let key;
      try {
        key = createPrivateKey({ key: text, passphrase: passphrase?.reveal() });
      } catch {
        if (passphrase) return undefined;
        throw fault(source, "a private key in PEM that is not whole");
      }
      const jwk = key.export({ format: "jwk" }) as JsonWebKey;
      if (key.asymmetricKeyType === "ed25519") {
        const point = fromUrl(jwk.x!);
        const publicKey = readSshPublicKey(wireBytes("ssh-ed25519", point))!;
        return { type: "ssh-ed25519", publicKey, seed: fromUrl(jwk.d!) };
      }
      if (key.asymmetricKeyType === "rsa") {
        const blob = wireBytes("ssh-rsa", wireNumber(fromUrl(jwk.e!)), wireNumber(fromUrl(jwk.n!)));
        return { type: "ssh-rsa", publicKey: readSshPublicKey(blob)!, jwk };
      }
      throw new UnsupportedError("identity", `${key.asymmetricKeyType} private key`, source);
    },
  };
}

function fromUrl(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

function fault(source: string, reason: string): IdentityError {
  return new IdentityError(source, 1, reason);
}
