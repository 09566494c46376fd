import {
  IntegrityError,
  KeyServiceError,
  NoIdentityError,
  PassphraseError,
  PluginError,
  UnsupportedError,
} from "../errors.ts";
import type { Metadata } from "../metadata.ts";
import { unwrapDataKey, wrapDataKey, type WrapOptions } from "./age.ts";
import type { Identity } from "./identity.ts";
import {
  ageKeysOf,
  type KeyGroup,
  keyName,
  type KeyService,
  type MasterKey,
  otherKeysOf,
  recipientsOf,
} from "./master_key.ts";

/** What opens data keys. */
export interface Openers {
  readonly identities: readonly Identity[];
  /** Asked in their order, after the identities. */
  readonly services?: readonly KeyService[];
  /** Key types that are tried before others; age and PGP unless given, as SOPS does. */
  readonly order?: readonly string[];
}

const defaultOrder = ["age", "pgp"];

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The data key of a file, by whichever of its keys can be opened.
 *
 * @returns 32 bytes
 * @throws {NoIdentityError} when too few of its key groups are opened by anything that is there
 * @throws {UnsupportedError} when only keys or identities are there that we cannot use
 * @throws {IntegrityError} when a recipient's stanza holds no data key
 * @throws {KeyServiceError} when only a key elsewhere could open it, and did not
 * @throws {PassphraseError | PluginError} when an identity could not be tried, and nothing opens it
 * @see getsops/sops sops.go, GetDataKeyWithKeyServices
 */
export async function openDataKey(
  { groups, shamirThreshold }: Pick<Metadata, "groups" | "shamirThreshold">,
  openers: Openers,
): Promise<Bytes> {
  const parts: Bytes[] = [];
  const failures: Failure[] = [];
  // Without a threshold SOPS combines as many shares as there are, and at least two.
  const needed = groups.length === 1 ? 1 : shamirThreshold ?? 2;
  for (const group of groups) {
    const part = await openPart(group, openers, failures);
    if (part) parts.push(part);
    if (shamirThreshold !== undefined && parts.length === needed) break;
  }
  if (parts.length < needed) throw notOpened(groups, openers, failures, parts.length, needed);
  if (groups.length === 1) {
    if (parts[0]!.length === dataKeyLength) return parts[0]!;
    throw new IntegrityError("data key", recipientsOf(groups).slice(0, 1));
  }
  return await combined(parts, groups);
}

/** Shares that do not belong together were put there by somebody: anyone can encrypt to a recipient. */
async function combined(parts: Bytes[], groups: readonly KeyGroup[]): Promise<Bytes> {
  const { combine } = await import("shamir-secret-sharing");
  try {
    const whole = new Uint8Array(await combine(parts));
    if (whole.length === dataKeyLength) return whole;
  } catch {
    // It says no more than that they are no shares of one key.
  }
  throw new IntegrityError("data key", recipientsOf(groups).slice(0, 1));
}

const dataKeyLength = 32;

async function openPart(
  group: KeyGroup,
  { identities, services = [], order = defaultOrder }: Openers,
  failures: Failure[],
): Promise<Bytes | undefined> {
  for (const type of typesInOrder(group, order)) {
    const keys = group.filter((key) => key.type === type);
    try {
      const part = type === "age" && await unwrapDataKey(ageKeysOf(keys), identities);
      if (part) return part;
    } catch (error) {
      if (!(error instanceof PassphraseError || error instanceof PluginError)) throw error;
      failures.push(error);
    }
    for (const service of services) {
      if (!service.types.includes(type)) continue;
      for (const key of keys) {
        try {
          return await service.open(key);
        } catch (error) {
          if (!(error instanceof KeyServiceError)) throw error;
          failures.push(error);
        }
      }
    }
  }
  return undefined;
}

/** Why one way of opening a data key did not work; another may. */
type Failure = KeyServiceError | PassphraseError | PluginError;

/** The key types of a group: those of the order first, the others as they stand. */
function typesInOrder(group: KeyGroup, order: readonly string[]): MasterKey["type"][] {
  const types = [...new Set(group.map(({ type }) => type))];
  const place = (type: string) => order.includes(type) ? order.indexOf(type) : order.length;
  return types.sort((one, other) => place(one) - place(other));
}

function notOpened(
  groups: readonly KeyGroup[],
  { identities, services = [] }: Openers,
  all: readonly Failure[],
  opened: number,
  needed: number,
): Error {
  const untriedIdentity = all.find((each) => !(each instanceof KeyServiceError));
  if (untriedIdentity) return untriedIdentity;
  const failures = all.filter((each) => each instanceof KeyServiceError);
  const recipients = recipientsOf(groups);
  const asked = new Set(services.flatMap(({ types }) => types));
  const types = [...new Set(otherKeysOf(groups.flat()).map(({ type }) => type))];
  const untried = types.filter((type) => !asked.has(type));
  const usable = identities.filter(({ kind }) => kind !== "unsupported").length;
  const foreign = identities.flatMap((each) => each.kind === "unsupported" ? [each] : []);
  if (failures[0] && usable === 0) return failures[0];
  if (recipients.length === 0 && failures.length === 0) {
    return new UnsupportedError("key type", types.join(", "));
  }
  if (usable === 0 && foreign[0]) {
    return new UnsupportedError("identity", foreign[0].what, foreign[0].source);
  }
  return new NoIdentityError(usable, recipients, untried, foreign.map(({ what }) => what), {
    ...(groups.length > 1 ? { groups: { opened, needed, all: groups.length } } : {}),
    ...(failures.length > 0 ? { failures } : {}),
  });
}

export interface SealKeyOptions extends WrapOptions {
  readonly services?: readonly KeyService[];
  /** Keys for which this very data key is encrypted already; in a single group they stay as they are. */
  readonly known?: readonly MasterKey[];
}

/**
 * Encrypts a data key for every key of every group; several groups get a share each.
 *
 * @param dataKey 32 bytes
 * @param threshold how many groups are needed to open it; all of them unless given
 * @returns the groups with new `enc`
 * @throws {UnsupportedError} for key types that no service is for
 * @throws {RangeError} for a threshold that the groups cannot have
 * @see getsops/sops sops.go, UpdateMasterKeysWithKeyServices
 */
export async function sealDataKey(
  dataKey: Bytes,
  groups: readonly KeyGroup[],
  threshold: number | undefined,
  options: SealKeyOptions = {},
): Promise<KeyGroup[]> {
  const parts = await partsOf(dataKey, groups.length, threshold);
  if (groups.length > 1) options = { ...options, known: [] };
  // One after another: a plugin or a key service may ask a person, and only one can be answered.
  const sealed: MasterKey[][] = [];
  for (const [index, group] of groups.entries()) {
    const keys: MasterKey[] = [];
    for (const key of group) keys.push(await sealPart(key, parts[index]!, options));
    sealed.push(keys);
  }
  return sealed;
}

/** The data key for one group, or a share for each. */
async function partsOf(dataKey: Bytes, groups: number, threshold = groups): Promise<Bytes[]> {
  if (groups === 1) return [dataKey];
  if (threshold < 2 || threshold > groups) {
    throw new RangeError(`a threshold of ${threshold} for ${groups} groups`);
  }
  const { split } = await import("shamir-secret-sharing");
  return (await split(dataKey, groups, threshold)).map((share) => new Uint8Array(share));
}

async function sealPart(key: MasterKey, part: Bytes, options: SealKeyOptions): Promise<MasterKey> {
  const known = options.known?.find((each) =>
    each.type === key.type && keyName(each) === keyName(key)
  );
  if (known) return known;
  const services = (options.services ?? []).filter(({ types, only }) =>
    only !== "open" && types.includes(key.type)
  );
  let failure: KeyServiceError | undefined;
  for (const service of services) {
    try {
      return await service.seal(key, part);
    } catch (error) {
      if (!(error instanceof KeyServiceError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  if (key.type !== "age") throw new UnsupportedError("key type", key.type);
  return (await wrapDataKey(part, [key.recipient], options))[0]!;
}
