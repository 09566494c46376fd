import { NoIdentityError, UnsupportedError } from "../errors.ts";
import type { Metadata } from "../metadata.ts";
import { unwrapDataKey } from "./age.ts";
import type { Identity } from "./identity.ts";

/**
 * The data key of a file, by whichever of its keys the identities open. A key type that is to be
 * understood beside age is tried here.
 *
 * @returns 32 bytes
 * @throws {NoIdentityError} when no identity is for any of the recipients
 * @throws {UnsupportedError} when only keys or identities are there that we cannot use
 * @throws {IntegrityError} when a recipient's stanza holds no data key
 */
export async function openDataKey(
  { recipients, otherKeys }: Metadata,
  identities: readonly Identity[],
): Promise<Uint8Array<ArrayBuffer>> {
  const otherTypes = [...new Set(otherKeys.map(({ type }) => type))];
  if (recipients.length === 0) throw new UnsupportedError("key type", otherTypes.join(", "));
  const dataKey = await unwrapDataKey(recipients, identities);
  if (dataKey) return dataKey;
  const usable = identities.filter(({ kind }) => kind !== "unsupported").length;
  const foreign = identities.flatMap((each) => each.kind === "unsupported" ? [each] : []);
  if (usable === 0 && foreign[0]) {
    throw new UnsupportedError("identity", foreign[0].what, foreign[0].source);
  }
  const names = recipients.map(({ recipient }) => recipient);
  throw new NoIdentityError(usable, names, otherTypes, foreign.map(({ what }) => what));
}
