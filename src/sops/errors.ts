import type { Path } from "./tree.ts";

/** A path in the slash form, for messages: keys are names, so nothing in it is secret. */
export function pathText(path: Path): string {
  return path.join("/");
}

/** What cannot be used here, by kind and by its own name. */
export class UnsupportedError extends Error {
  override name = "UnsupportedError";
  /**
   * @param kind what was met
   * @param what its name: `pgp`, `ecdsa-sha2-nistp256`
   * @param source where it stands, when that is not the secrets file: an identity file, a rule
   */
  constructor(
    readonly kind: "key type" | "identity" | "recipient" | "mapping key",
    readonly what: string,
    readonly source?: string,
  ) {
    super(`${kind} "${what}" is not supported${source ? ` (in "${source}")` : ""}`);
  }
}

/** A file without a `sops` entry where an encrypted one is needed. */
export class NotEncryptedError extends Error {
  override name = "NotEncryptedError";
  constructor() {
    super("there is no sops metadata");
  }
}

/** A file with a `sops` entry where plaintext is needed. */
export class AlreadyEncryptedError extends Error {
  override name = "AlreadyEncryptedError";
  constructor() {
    super('there is a top-level "sops" entry already');
  }
}

/** The file was changed by something that did not hold its data key. */
export class IntegrityError extends Error {
  override name = "IntegrityError";
  /**
   * @param where what does not match: the MAC over all values, one leaf, or the wrapped data key
   * @param path the leaf
   * @param reason `missing` and `malformed` say that there was nothing to compare
   */
  constructor(
    readonly where: "mac" | "leaf" | "data key",
    readonly path?: Path,
    readonly reason: "mismatch" | "missing" | "malformed" = "mismatch",
  ) {
    const subject = where === "mac"
      ? "the MAC"
      : where === "leaf"
      ? `the value at "${pathText(path ?? [])}"`
      : "the data key";
    super(`${subject} ${reason === "mismatch" ? "does not match" : `is ${reason}`}`);
  }
}

/** None of the identities opens the file. */
export class NoIdentityError extends Error {
  override name = "NoIdentityError";
  /**
   * @param identities how many were tried
   * @param recipients for whom the file is encrypted, as they stand in its metadata
   * @param otherKeys key types in the file that were not tried: `pgp`, `kms`
   * @param unsupportedIdentities identities that were given but could not be tried, by their kind
   */
  constructor(
    readonly identities: number,
    readonly recipients: readonly string[],
    readonly otherKeys: readonly string[] = [],
    readonly unsupportedIdentities: readonly string[] = [],
    readonly more: {
      /** Where there are key groups: how many were opened, and how many have to be. */
      readonly groups?: { readonly opened: number; readonly needed: number; readonly all: number };
      /** Keys elsewhere that were tried as well. */
      readonly failures?: readonly KeyServiceError[];
    } = {},
  ) {
    super(`none of ${identities} identities matches the ${recipients.length} recipients`);
  }
}

/** A key elsewhere (in a cloud, or in a keyring) did not do what was asked of it. */
export class KeyServiceError extends Error {
  override name = "KeyServiceError";
  /**
   * @param type the key's type, as metadata has it: `kms`
   * @param key which one: an ARN, a fingerprint
   * @param reason `absent`: the program or service that has it is not there; `refused`: it said no
   * @param said what it said
   */
  constructor(
    readonly type: string,
    readonly key: string,
    readonly reason: "absent" | "malformed" | "refused",
    readonly said = "",
  ) {
    super(`${type} key "${key}": ${reason}`);
  }
}

/** A rule, or a selector in metadata, that cannot be followed. */
export class InvalidRuleError extends Error {
  override name = "InvalidRuleError";
  /**
   * @param field where the fault is: `creation_rules[1].path_regex`, `encrypted_regex`
   * @param reason what is wrong there
   * @param line counted from 1, where it is known
   */
  constructor(readonly field: string, readonly reason: string, readonly line?: number) {
    super(`${field}: ${reason}`);
  }
}

/** No creation rule is for this file. */
export class NoRuleError extends Error {
  override name = "NoRuleError";
  /**
   * @param file relative to the folder of the rules
   * @param rules how many rules there are; 0 when the file has no `creation_rules`
   */
  constructor(readonly file: string, readonly rules: number) {
    super(`none of ${rules} creation rules matches "${file}"`);
  }
}

/** The `sops` entry is not what it should be. */
export class MetadataError extends Error {
  override name = "MetadataError";
  constructor(readonly field: string, readonly reason: string) {
    super(`sops metadata, ${field}: ${reason}`);
  }
}

/** A path that leads nowhere, or where something cannot be put. */
export class PathError extends Error {
  override name = "PathError";
  /**
   * @param reason `absent`: nothing is there; `not a leaf`: a mapping or a list is there;
   *   `not a mapping`: the way leads through a value; `reserved`: `sops` is for the metadata; `too
   *   long`: its names have more characters than are hashed for a value
   * @param path as given, in the slash form
   */
  constructor(
    readonly reason:
      | "absent"
      | "not a leaf"
      | "not a mapping"
      | "reserved"
      | "syntax"
      | "too long",
    readonly path: string,
  ) {
    super(`path "${path}": ${reason}`);
  }
}

/** A value that must not be written. */
export class ValueError extends Error {
  override name = "ValueError";
  constructor(readonly path: Path, readonly reason: "NUL") {
    super(`the value for "${pathText(path)}" has a NUL byte`);
  }
}

/** A text that is no recipient. Recipients are public, so the text is quoted. */
export class RecipientError extends Error {
  override name = "RecipientError";
  /** What was given; of an identity, which is given by mistake, no more than that it is one. */
  readonly text: string;
  constructor(text: string, readonly reason: string) {
    const shown = hideIdentities(text);
    super(`"${shown}" is no recipient: ${reason}`);
    this.text = shown;
  }
}

/** A text with what is secret in age identities taken out. */
export function hideIdentities(text: string): string {
  return text.replace(/\b(AGE-(?:SECRET-KEY|PLUGIN)-)[\w.+-]+/gi, "$1...");
}

/** A line that is no identity. Its text is never quoted. */
export class IdentityError extends Error {
  override name = "IdentityError";
  /**
   * @param source the file or variable it came from
   * @param line counted from 1
   */
  constructor(readonly source: string, readonly line: number, readonly reason: string) {
    super(`"${source}", line ${line}: ${reason}`);
  }
}

/** A passphrase that does not open what it should, or that nobody gave. */
export class PassphraseError extends Error {
  override name = "PassphraseError";
  /** @param source the identity file or SSH key */
  constructor(readonly source: string, readonly reason: "wrong" | "nobody to ask") {
    super(`passphrase for "${source}": ${reason}`);
  }
}

/** An age plugin that did not do its part. */
export class PluginError extends Error {
  override name = "PluginError";
  /**
   * @param plugin `yubikey`, of the program `age-plugin-yubikey`
   * @param reason `absent`: no such program; `not allowed`: no program may be started here;
   *   `malformed`: it does not speak the protocol; `refused`: it said that it failed
   * @param said what it said then
   */
  constructor(
    readonly plugin: string,
    readonly reason: "absent" | "malformed" | "not allowed" | "refused",
    readonly said?: string,
  ) {
    super(`age plugin "${plugin}": ${reason}`);
  }
}
