import { RecipientError, UnsupportedError } from "../errors.ts";
import { identityFromScalar, recipientFromPublicKey, type X25519Identity } from "./identity.ts";
import { readSshPrivateKey } from "./openssh/private_key.ts";
import { parseSshPublicKey } from "./openssh/public_key.ts";

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
  const key = parseSshPublicKey(line);
  if (key.type !== "ssh-ed25519") throw new UnsupportedError("recipient", key.type);
  const { montgomery } = await import("./openssh/stanza.ts");
  const point = montgomery(key.point);
  if (!point) throw new RecipientError(line.trim(), "its key is no point of the curve");
  return recipientFromPublicKey(point);
}

/**
 * The age identity of an SSH Ed25519 key, as `ssh-to-age -private-key` makes it: the scalar that
 * the seed hashes to.
 *
 * @param text an SSH private key file, not encrypted
 * @param source where it came from, for errors
 * @throws {UnsupportedError} for encrypted keys and for keys of other kinds
 * @throws {IdentityError} when the file is not whole
 */
export async function sshToAgeIdentity(text: string, source: string): Promise<X25519Identity> {
  const file = readSshPrivateKey(text, source);
  const key = file.encrypted ? undefined : await file.open();
  if (!key) {
    throw new UnsupportedError("identity", "OpenSSH private key with a passphrase", source);
  }
  if (key.type !== "ssh-ed25519") {
    throw new UnsupportedError("identity", `${key.type} private key`, source);
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", key.seed));
  // Not clamped, as ssh-to-age leaves it; X25519 does that whenever it is used.
  return identityFromScalar(hash.slice(0, 32), source);
}
