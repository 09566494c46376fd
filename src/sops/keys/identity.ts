import { bech32 } from "@scure/base";
import { IdentityError, RecipientError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { parseSshPublicKey } from "./openssh/public_key.ts";
import type { AgeStanza } from "./stanza.ts";
import { publicKeyOf } from "./x25519.ts";

/** The private half of an age X25519 key pair. */
export interface X25519Identity {
  readonly kind: "x25519";
  /** `AGE-SECRET-KEY-1…` */
  readonly secret: Secret;
  /** The file or variable it came from, for messages. */
  readonly source: string;
}

/** The private half of a post-quantum age key pair (ML-KEM-768 with X25519). */
export interface HybridIdentity {
  readonly kind: "hybrid";
  /** `AGE-SECRET-KEY-PQ-1…` */
  readonly secret: Secret;
  readonly source: string;
}

/** An identity that opens files by more than a key of age's own: an SSH key, a plugin, a person. */
export interface OpenerIdentity {
  readonly kind: "opener";
  /** What it is, as people call it: `OpenSSH private key`, `age plugin yubikey`. */
  readonly what: string;
  readonly source: string;
  /** Its recipient, where it can be known before a file is opened. */
  readonly recipient?: string;
  /** It may ask a person for something, so it is tried when all others have failed. */
  readonly asks: boolean;
  /** @returns the file key, 16 bytes; nothing when no stanza is for it */
  open(stanzas: readonly AgeStanza[]): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** The identities in it, where it is a file of them. */
  readonly held?: () => Promise<readonly Identity[]>;
}

/** A text that needs a passphrase or a program to become an identity. */
export interface SealedIdentity {
  readonly how: "age plugin" | "passphrase" | "ssh";
  /** The plugin's identity, or the whole file. */
  readonly content: Secret;
  readonly source: string;
}

/** An identity that is none of ours to use. It matters only when nothing else opens a file. */
export interface UnsupportedIdentity {
  readonly kind: "unsupported";
  readonly what: string;
  readonly source: string;
}

export type Identity = X25519Identity | HybridIdentity | OpenerIdentity | UnsupportedIdentity;

const identityPrefix = "AGE-SECRET-KEY-";
const hybridIdentityPrefix = "AGE-SECRET-KEY-PQ-";
const hybridRecipientPrefix = "age1pq";
const recipientPrefix = "age";

/** Whole texts that are one identity, by how they begin. */
const wholeTexts: readonly (readonly [start: string, how: SealedIdentity["how"]])[] = [
  ["age-encryption.org/v1", "passphrase"],
  ["-----BEGIN AGE ENCRYPTED FILE-----", "passphrase"],
  ["-----BEGIN OPENSSH PRIVATE KEY-----", "ssh"],
  ["-----BEGIN RSA PRIVATE KEY-----", "ssh"],
  ["-----BEGIN PRIVATE KEY-----", "ssh"],
  ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "ssh"],
];

const sealedNames: Readonly<Record<SealedIdentity["how"], string>> = {
  "age plugin": "age plugin identity",
  passphrase: "identity file encrypted with a passphrase",
  ssh: "OpenSSH private key",
};

export interface ParseIdentitiesOptions {
  /** Several on one line, as SOPS allows in SOPS_AGE_KEY. */
  readonly manyPerLine?: boolean;
  /** Makes an identity of a sealed one; unless given, those are told apart and cannot be used. */
  readonly unseal?: (sealed: SealedIdentity) => Identity;
}

/**
 * Reads identities as age and SOPS do: one a line, blank lines and lines that begin with `#` left
 * out. A whole file can be one identity: an SSH private key, or identities under a passphrase.
 *
 * @param text an identity file; LF or CRLF; a binary age file as Latin-1
 * @param source where it came from, for errors
 * @throws {IdentityError} naming the line, never its content
 * @see filippo.io/age parse.go, ParseIdentities; getsops/sops age/keysource.go, parseIdentities
 */
export function parseIdentities(
  text: string,
  source: string,
  options: ParseIdentitiesOptions = {},
): Identity[] {
  const { manyPerLine, unseal = unusable } = options;
  const start = text.replace(/^\uFEFF/, "").trimStart();
  const whole = wholeTexts.find(([beginning]) => start.startsWith(beginning));
  if (whole) return [unseal({ how: whole[1], content: new Secret(text), source })];
  const found: Identity[] = [];
  for (const [index, raw] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const words = manyPerLine ? line.split(/\s+/) : [line];
    for (const word of words) found.push(parseIdentity(word, source, index + 1, unseal));
  }
  return found;
}

function unusable({ how, source }: SealedIdentity): UnsupportedIdentity {
  return { kind: "unsupported", what: sealedNames[how], source };
}

/** How long the key of a post-quantum identity is, and of its recipient. */
const hybridLengths = { identity: 32, recipient: 1216 } as const;

function parseIdentity(
  word: string,
  source: string,
  line: number,
  unseal: (sealed: SealedIdentity) => Identity,
): Identity {
  const isPlugin = word.startsWith("AGE-PLUGIN-");
  const isHybrid = word.startsWith(`${hybridIdentityPrefix}1`);
  if (!isPlugin && !isHybrid && !word.startsWith(`${identityPrefix}1`)) {
    throw new IdentityError(source, line, "no age identity");
  }
  const decoded = decode(word);
  const expected = isPlugin
    ? decoded
    : isHybrid
    ? decoded?.prefix === hybridIdentityPrefix.toLowerCase() &&
      decoded.bytes.length === hybridLengths.identity
    : decoded?.prefix === identityPrefix.toLowerCase() && decoded.bytes.length === 32;
  if (!expected) throw new IdentityError(source, line, "an age identity with a typing error");
  const secret = new Secret(word);
  if (isPlugin) return unseal({ how: "age plugin", content: secret, source });
  return { kind: isHybrid ? "hybrid" : "x25519", secret, source };
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
 * @param recipient `age1…`, X25519
 * @returns its 32 bytes
 * @throws {RecipientError} when it is none
 */
export function publicKeyOfRecipient(recipient: string): Uint8Array<ArrayBuffer> {
  const { prefix, bytes } = decode(recipient) ?? {};
  if (prefix === recipientPrefix && bytes?.length === 32) return bytes;
  throw new RecipientError(recipient, "it is no X25519 key");
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
 * Checks that a text is a recipient of one of the kinds that SOPS takes, down to its checksum.
 *
 * @returns the text without white space around it
 * @throws {UnsupportedError} for SSH keys that age knows nothing of, such as ECDSA
 * @throws {RecipientError} for anything else
 */
export function checkRecipient(text: string): string {
  const recipient = text.trim();
  const kind = recipientKind(recipient);
  if (kind === "none") throw new RecipientError(text, 'an age recipient begins with "age1"');
  if (kind === "ssh") {
    parseSshPublicKey(recipient);
    return recipient;
  }
  const decoded = decode(recipient);
  if (!decoded) throw new RecipientError(text, "its checksum is wrong");
  const { prefix, bytes } = decoded;
  if (kind === "x25519" && (prefix !== recipientPrefix || bytes.length !== 32)) {
    throw new RecipientError(text, "it is no X25519 key");
  }
  if (
    kind === "post-quantum" &&
    (prefix !== hybridRecipientPrefix || bytes.length !== hybridLengths.recipient)
  ) {
    throw new RecipientError(text, "it is no post-quantum key");
  }
  if (kind === "plugin" && pluginNameOf(recipient) === undefined) {
    throw new RecipientError(text, "it names no plugin");
  }
  return recipient;
}

/**
 * The plugin that a recipient or an identity is for.
 *
 * @param text `age1yubikey1…` or `AGE-PLUGIN-YUBIKEY-1…`
 * @returns `yubikey`; nothing when the text is none of these
 * @see filippo.io/age/plugin, ParseRecipient, ParseIdentity
 */
export function pluginNameOf(text: string): string | undefined {
  const prefix = decode(text)?.prefix ?? "";
  return /^(?:age1|age-plugin-(?=.*-$))([a-z0-9+\-._]+?)-?$/.exec(prefix)?.[1];
}
