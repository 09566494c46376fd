import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { publicKeyOf, sharedSecret } from "../x25519.ts";
import { type AgeStanza, decodeUnpadded, encodeUnpadded } from "../stanza.ts";
import type { SshPrivateKey } from "./private_key.ts";
import type { SshPublicKey } from "./public_key.ts";

const utf8 = new TextEncoder();
const label = {
  "ssh-ed25519": utf8.encode("age-encryption.org/v1/ssh-ed25519"),
  "ssh-rsa": utf8.encode("age-encryption.org/v1/ssh-rsa"),
};

/** @returns the four bytes, in Base64, by which a stanza says whose it is */
export function sshTag({ blob }: SshPublicKey): string {
  return encodeUnpadded(sha256(blob).subarray(0, 4));
}

/** @returns the u-coordinate of an Ed25519 key; nothing where its bytes are no point */
export function montgomery(point: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(ed25519.utils.toMontgomery(point));
  } catch {
    return undefined;
  }
}

/**
 * Seals a file key for an SSH key.
 *
 * @param fileKey 16 bytes
 * @throws {RangeError} when the key's bytes are no point of the curve
 * @see filippo.io/age/agessh, Wrap
 */
export async function sealForSsh(
  fileKey: Uint8Array<ArrayBuffer>,
  key: SshPublicKey,
): Promise<AgeStanza> {
  if (key.type === "ssh-rsa") {
    const jwk = { kty: "RSA", n: urlBase64(key.modulus), e: urlBase64(key.exponent) };
    const oaep = await importOaep(jwk, "encrypt");
    const body = await crypto.subtle.encrypt(oaepOptions, oaep, fileKey);
    return { args: [key.type, sshTag(key)], body: new Uint8Array(body) };
  }
  const theirs = montgomery(key.point);
  // Made where the age library makes its own.
  const ephemeral = new Uint8Array(x25519.utils.randomSecretKey());
  const first = theirs && await sharedSecret(ephemeral, theirs);
  if (!theirs || !first) throw new RangeError("an Ed25519 key that is no point of the curve");
  const ours = await publicKeyOf(ephemeral);
  const wrapping = await wrappingKey(first, key, ours, theirs);
  return {
    args: [key.type, sshTag(key), encodeUnpadded(ours)],
    body: new Uint8Array(chacha20poly1305(wrapping, new Uint8Array(12)).encrypt(fileKey)),
  };
}

/**
 * Opens a file key by an SSH key.
 *
 * @returns 16 bytes; nothing when no stanza is for it, or one is and cannot be opened
 * @see filippo.io/age/agessh, Unwrap
 */
export async function openBySsh(
  stanzas: readonly AgeStanza[],
  key: SshPrivateKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const tag = sshTag(key.publicKey);
  for (const { args: [type, name, share, ...more], body } of stanzas) {
    if (type !== key.type || name !== tag || more.length > 0) continue;
    const opened = key.type === "ssh-rsa"
      ? share === undefined ? await openRsa(body, key.jwk) : undefined
      : await openEd25519(body, share ?? "", key.seed, key.publicKey);
    if (opened) return opened;
  }
  return undefined;
}

async function openEd25519(
  body: Uint8Array,
  share: string,
  seed: Uint8Array<ArrayBuffer>,
  key: SshPublicKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const theirs = decodeUnpadded(share);
  if (theirs?.length !== 32 || body.length !== 32) return undefined;
  const scalar = new Uint8Array(await crypto.subtle.digest("SHA-512", seed)).slice(0, 32);
  const first = await sharedSecret(scalar, theirs);
  if (!first) return undefined;
  const wrapping = await wrappingKey(first, key, theirs, await publicKeyOf(scalar));
  scalar.fill(0);
  try {
    return new Uint8Array(chacha20poly1305(wrapping, new Uint8Array(12)).decrypt(body));
  } catch {
    return undefined;
  }
}

/** A tweak binds the secret to the SSH key, so that no other use of its curve point gives it. */
async function wrappingKey(
  first: Uint8Array<ArrayBuffer>,
  { blob }: SshPublicKey,
  ephemeral: Uint8Array<ArrayBuffer>,
  recipient: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const info = label["ssh-ed25519"];
  const tweak = new Uint8Array(hkdf(sha256, new Uint8Array(), blob, info, 32));
  const secret = await sharedSecret(tweak, first);
  const salt = new Uint8Array([...ephemeral, ...recipient]);
  return hkdf(sha256, secret ?? new Uint8Array(32), salt, info, 32);
}

const oaepOptions = { name: "RSA-OAEP", label: label["ssh-rsa"] };

async function openRsa(
  body: Uint8Array<ArrayBuffer>,
  jwk: JsonWebKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const key = await importOaep(jwk, "decrypt");
    return new Uint8Array(await crypto.subtle.decrypt(oaepOptions, key, body));
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

async function importOaep(jwk: JsonWebKey, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const algorithm = { name: "RSA-OAEP", hash: "SHA-256" };
  return await crypto.subtle.importKey("jwk", jwk, algorithm, false, [use]);
}

function urlBase64(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
