import { IntegrityError } from "../errors.ts";
import {
  checkRecipient,
  type Identity,
  recipientFromPublicKey,
  recipientKind,
  scalarOf,
} from "./identity.ts";

/** One recipient of a file, with the data key encrypted for it. */
export interface AgeStanza {
  readonly type: "age";
  /** `age1…`; nothing authenticates it. */
  readonly recipient: string;
  /** An armored age file that holds the data key. */
  readonly enc: string;
}

/**
 * Encrypts the data key for each recipient, each in an age file of its own, as SOPS does.
 *
 * @param dataKey 32 bytes
 * @throws {RecipientError} when a text is no recipient
 * @throws {UnsupportedError} when it is of a kind that we cannot encrypt to
 */
export async function wrapDataKey(
  dataKey: Uint8Array,
  recipients: readonly string[],
): Promise<AgeStanza[]> {
  const checked = recipients.map(checkRecipient);
  const { armor, Encrypter } = await import("age-encryption");
  return await Promise.all(checked.map(async (recipient) => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return { type: "age", recipient, enc: armor.encode(await encrypter.encrypt(dataKey)) };
  }));
}

/**
 * Finds the data key with whatever identity opens a stanza.
 *
 * @returns 32 bytes, or nothing when no identity matches
 * @throws {IntegrityError} when a stanza is for one of the identities but holds no data key
 */
export async function unwrapDataKey(
  stanzas: readonly AgeStanza[],
  identities: readonly Identity[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const usable = identities.filter((identity) => identity.kind === "x25519");
  if (usable.length === 0) return undefined;
  const { keyPairOf, openAgeFile } = await import("./age_file.ts");
  const keys = await Promise.all(usable.map((identity) => keyPairOf(scalarOf(identity))));
  for (const stanza of stanzas) {
    if (recipientKind(stanza.recipient) !== "x25519") continue;
    const opened = await openAgeFile(stanza.enc, keys);
    if (opened?.length === 32) return opened;
  }
  const own = new Set(keys.map(({ publicKey }) => recipientFromPublicKey(publicKey)));
  const broken = stanzas.find(({ recipient }) => own.has(recipient));
  if (broken) throw new IntegrityError("data key", [broken.recipient]);
  return undefined;
}
