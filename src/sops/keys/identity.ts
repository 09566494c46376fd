import { bech32 } from "@scure/base";
import { IdentityError, RecipientError, UnsupportedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { publicKeyOf } from "./x25519.ts";

/** The private half of an age X25519 key pair. */
export interface X25519Identity {
  readonly kind: "x25519";
  /** `AGE-SECRET-KEY-1…` */
  readonly secret: Secret;
  /** The file or variable it came from, for messages. */
  readonly source: string;
}

/** An identity that is none of ours to use. It matters only when nothing else opens a file. */
export interface UnsupportedIdentity {
  readonly kind: "unsupported";
  /** What it is, as people call it: `age plugin identity`, `OpenSSH private key`. */
  readonly what: string;
  readonly source: string;
}

export type Identity = X25519Identity | UnsupportedIdentity;

const identityPrefix = "AGE-SECRET-KEY-";
const recipientPrefix = "age";

/** Whole texts that are an identity of a kind that we cannot use, by how they begin. */
const foreignTexts: readonly (readonly [start: string, what: string])[] = [
  ["age-encryption.org/v1", "identity file encrypted with a passphrase"],
  ["-----BEGIN AGE ENCRYPTED FILE-----", "identity file encrypted with a passphrase"],
  ["-----BEGIN OPENSSH PRIVATE KEY-----", "OpenSSH private key"],
  ["-----BEGIN RSA PRIVATE KEY-----", "RSA private key"],
  ["-----BEGIN PRIVATE KEY-----", "PKCS #8 private key"],
];

/**
 * Reads identities as age and SOPS do: one a line, blank lines and lines that begin with `#` left
 * out. Kinds that we cannot use are given back as such.
 *
 * @param text an identity file; LF or CRLF
 * @param source where it came from, for errors
 * @param options `manyPerLine`: several on one line, as SOPS allows in SOPS_AGE_KEY
 * @throws {IdentityError} naming the line, never its content
 * @see filippo.io/age parse.go, ParseIdentities; getsops/sops age/keysource.go, parseIdentities
 */
export function parseIdentities(
  text: string,
  source: string,
  options: { readonly manyPerLine?: boolean } = {},
): Identity[] {
  const start = text.replace(/^\uFEFF/, "").trimStart();
  const foreign = foreignTexts.find(([beginning]) => start.startsWith(beginning));
  if (foreign) return [{ kind: "unsupported", what: foreign[1], source }];
  const found: Identity[] = [];
  for (const [index, raw] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const words = options.manyPerLine ? line.split(/\s+/) : [line];
    for (const word of words) found.push(parseIdentity(word, source, index + 1));
  }
  return found;
}

function parseIdentity(word: string, source: string, line: number): Identity {
  if (word.startsWith("AGE-SECRET-KEY-PQ-1")) {
    return { kind: "unsupported", what: "post-quantum age identity", source };
  }
  if (word.startsWith("AGE-PLUGIN-")) {
    return { kind: "unsupported", what: "age plugin identity", source };
  }
  if (!word.startsWith(`${identityPrefix}1`)) {
    throw new IdentityError(source, line, "no age identity");
  }
  const decoded = decode(word);
  if (decoded?.prefix !== identityPrefix.toLowerCase() || decoded.bytes.length !== 32) {
    throw new IdentityError(source, line, "an age identity with a typing error");
  }
  return { kind: "x25519", secret: new Secret(word), source };
}

/** A Bech32 text, upper or lower case but not both. Nothing where the checksum is wrong. */
function decode(
  text: string,
): { prefix: string; bytes: Uint8Array<ArrayBuffer> } | undefined {
  const parts = bech32.decodeUnsafe(text, false);
  if (!parts) return undefined;
  const bytes = bech32.fromWordsUnsafe(parts.words);
  return bytes ? { prefix: parts.prefix.toLowerCase(), bytes: new Uint8Array(bytes) } : undefined;
}

/**
 * Makes an identity.
 *
 * @param random gives that many random bytes
 * @param source where it will live, for messages
 */
export function generateIdentity(
  random: (length: number) => Uint8Array,
  source = "generated",
): X25519Identity {
  return identityFromScalar(random(32), source);
}

/** @param scalar 32 bytes */
export function identityFromScalar(scalar: Uint8Array, source: string): X25519Identity {
  const secret = bech32.encodeFromBytes(identityPrefix, scalar).toUpperCase();
  return { kind: "x25519", secret: new Secret(secret), source };
}

/** @returns the recipient, `age1…`, of an identity */
export async function recipientOf(identity: X25519Identity): Promise<string> {
  return recipientFromPublicKey(await publicKeyOf(scalarOf(identity)));
}

/** @returns the 32 bytes of an identity */
export function scalarOf(identity: X25519Identity): Uint8Array<ArrayBuffer> {
  return decode(identity.secret.reveal())!.bytes;
}

/**
 * Writes an X25519 public key as a recipient.
 *
 * @param publicKey 32 bytes, the u-coordinate
 * @returns `age1…`
 */
export function recipientFromPublicKey(publicKey: Uint8Array): string {
  return bech32.encodeFromBytes(recipientPrefix, publicKey);
}

/**
 * What kind of recipient a text in metadata or in a rule is, judged by its beginning only.
 *
 * @see getsops/sops age/keysource.go, parseRecipient
 */
export function recipientKind(text: string): "x25519" | "post-quantum" | "plugin" | "ssh" | "none" {
  if (text.startsWith("ssh-")) return "ssh";
  if (!text.startsWith("age1")) return "none";
  if (text.startsWith("age1pq1")) return "post-quantum";
  return text.slice(4).includes("1") ? "plugin" : "x25519";
}

/**
 * Checks that a text is an X25519 recipient, down to its checksum.
 *
 * @returns the text without white space around it
 * @throws {UnsupportedError} for post-quantum, plugin and SSH recipients
 * @throws {RecipientError} for anything else
 */
export function checkRecipient(text: string): string {
  const recipient = text.trim();
  const kind = recipientKind(recipient);
  if (kind === "none") throw new RecipientError(text, 'an age recipient begins with "age1"');
  if (kind !== "x25519") throw new UnsupportedError("recipient", recipient);
  const decoded = decode(recipient);
  if (!decoded) throw new RecipientError(text, "its checksum is wrong");
  if (decoded.prefix !== recipientPrefix || decoded.bytes.length !== 32) {
    throw new RecipientError(text, "it is no X25519 key");
  }
  return recipient;
}
