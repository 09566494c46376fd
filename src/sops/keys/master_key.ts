import { type Mapping, Scalar } from "../tree.ts";

/** The key types that SOPS 3.13.2 has beside age, by their names in metadata. */
export const otherKeyTypes = ["azure_kv", "gcp_kms", "hc_vault", "hckms", "kms", "pgp"] as const;

export type OtherKeyType = typeof otherKeyTypes[number];
export type KeyType = OtherKeyType | "age";

/** One recipient of a file, with the data key encrypted for it. */
export interface AgeKey {
  readonly type: "age";
  /** `age1…` or `ssh-…`; nothing authenticates it. */
  readonly recipient: string;
  /** An armored age file that holds the data key, or a share of it. */
  readonly enc: string;
}

/** A key that lives elsewhere: in a cloud, or in a keyring. */
export interface OtherKey {
  readonly type: OtherKeyType;
  /** Its fields as they stand in metadata; `enc` is the data key, or a share, encrypted. */
  readonly entry: Mapping;
}

export type MasterKey = AgeKey | OtherKey;

/** Keys of which any one opens what the group holds: the data key, or a share of it. */
export type KeyGroup = readonly MasterKey[];

/** The age recipients of all groups, as they stand there. */
export function recipientsOf(groups: readonly KeyGroup[]): string[] {
  return ageKeysOf(groups.flat()).map(({ recipient }) => recipient);
}

export function ageKeysOf(group: KeyGroup): AgeKey[] {
  return group.filter((key) => key.type === "age");
}

export function otherKeysOf(group: KeyGroup): OtherKey[] {
  return group.filter((key) => key.type !== "age");
}

/** The text of one field of a key; nothing where it is not there, or no text. */
export function fieldOf({ entry }: OtherKey, name: string): string | undefined {
  for (const each of entry.entries) {
    if (each.kind !== "pair" || each.key !== name) continue;
    return each.value.kind === "scalar" ? each.value.reveal() : undefined;
  }
  return undefined;
}

/** The key with another text in one of its fields. */
export function withField({ type, entry }: OtherKey, name: string, value: string): OtherKey {
  const pair = { kind: "pair" as const, key: name, value: new Scalar("str", value) };
  const others = entry.entries.filter((each) => each.kind !== "pair" || each.key !== name);
  return { type, entry: { kind: "mapping", entries: [...others, pair] } };
}

/** Which field says which key it is, for messages. */
const naming: Readonly<Record<OtherKeyType, readonly string[]>> = {
  azure_kv: ["vault_url", "name"],
  gcp_kms: ["resource_id"],
  hc_vault: ["vault_address", "key_name"],
  hckms: ["key_id"],
  kms: ["arn"],
  pgp: ["fp"],
};

/** What a person would call the key: its recipient, ARN, fingerprint. */
export function keyName(key: MasterKey): string {
  if (key.type === "age") return key.recipient;
  return naming[key.type].map((field) => fieldOf(key, field) ?? "").join(" ");
}

/** Opens and seals data keys with keys that live elsewhere. */
export interface KeyService {
  /** One that has `age` too stands in for our own way with identities. */
  readonly types: readonly KeyType[];
  /** Where it is given, nothing is sealed with it. */
  readonly only?: "open";
  /**
   * @returns 32 bytes, or the 33 of a share
   * @throws {KeyServiceError} when the key does not open it, or cannot be asked
   */
  open(key: MasterKey): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * @param part 32 bytes, or the 33 of a share
   * @returns the key with `enc` for that
   * @throws {KeyServiceError}
   */
  seal(key: MasterKey, part: Uint8Array<ArrayBuffer>): Promise<MasterKey>;
}
