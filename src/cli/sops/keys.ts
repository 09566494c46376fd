/**
 * Keys on sops's command line, and what tells one from another there.
 *
 * @see getsops/sops cmd/sops/main.go, getMasterKeys, keyGroups
 */
import { ageGroup, type Keys } from "../../sops/document.ts";
import {
  azureKeyFromUrl,
  gcpKmsKey,
  huaweiKmsKey,
  type KmsContext,
  kmsKeyFromArn,
  pgpKey,
  vaultKeyFromUri,
} from "../../sops/keys/key_texts.ts";
import { contextOf } from "../../sops/keys/keyservice.ts";
import { fieldOf, type KeyGroup, type MasterKey } from "../../sops/keys/master_key.ts";
import type { Rule } from "../../sops/rules.ts";
import { Scalar } from "../../sops/tree.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { type Flags, keyFlags } from "./grammar.ts";

/**
 * The keys that flags name, each only once.
 *
 * @param prefix of the flags: `add-`, `rm-`, or nothing
 * @throws {RecipientError | UnsupportedError} for a text that is no key
 * @throws {SopsExit} 6, for an encryption context that is none
 */
export function keysOfFlags(flags: Flags, prefix: "" | "add-" | "rm-" = ""): MasterKey[] {
  const context = encryptionContext(flags) ?? {};
  const profile = flags.text("aws-profile");
  const makers: Readonly<Record<typeof keyFlags[number], (text: string) => readonly MasterKey[]>> =
    {
      kms: (arn) => [kmsKeyFromArn(arn, { context, profile })],
      "gcp-kms": (id) => [gcpKmsKey(id)],
      hckms: (id) => id.trim() === "" ? [] : [huaweiKmsKey(id)],
      "azure-kv": (url) => [azureKeyFromUrl(url)],
      "hc-vault-transit": (uri) => uri === "" ? [] : [vaultKeyFromUri(uri)],
      pgp: (fingerprint) => [pgpKey(fingerprint)],
      age: (recipient) => ageGroup([recipient]),
    };
  return unique(keyFlags.flatMap((type) =>
    // The flags of `groups add` can be given several times; of the others the last one counts.
    valuesOf(flags, `${prefix}${type}`).flatMap((text) => text.split(",")).flatMap(makers[type])
  ));
}

function valuesOf(flags: Flags, name: string): readonly string[] {
  return (flags.repeats(name) ? flags.list(name) : [flags.text(name)]).filter(Boolean);
}

/**
 * What KMS binds a data key to.
 *
 * @returns nothing where the flag is not given
 * @throws {SopsExit} 6
 */
function encryptionContext(flags: Flags): KmsContext | undefined {
  const text = flags.text("encryption-context");
  if (text === "") return undefined;
  const pairs = text.split(",").map((pair) => pair.split(":"));
  if (pairs.some(({ length }) => length !== 2)) {
    throw new SopsExit(
      sopsCodes.invalidEncryptionContext,
      "Invalid KMS encryption context format",
      "it looks like key:value,key:value",
    );
  }
  return Object.fromEntries(pairs);
}

/**
 * For whom a new file is: whom the flags name, else whom its rule does.
 *
 * @throws {SopsExit} where neither is there
 */
export function keysForNewFile(flags: Flags, rule: Rule | undefined): Keys {
  const named = keysOfFlags(flags);
  if (named.length === 0 && !rule) {
    throw new SopsExit(
      sopsCodes.generic,
      "config file not found, or has no creation rules, and no keys provided through command line options",
    );
  }
  const groups = named.length > 0 ? [named] : withContext(rule!.groups, encryptionContext(flags));
  const shamirThreshold = flags.int("shamir-secret-sharing-threshold") || rule?.shamirThreshold;
  return { groups, ...(shamirThreshold ? { shamirThreshold } : {}) };
}

/** KMS keys of a rule that have no context of their own get the one of the command line. */
function withContext(groups: readonly KeyGroup[], context: KmsContext | undefined) {
  if (!context) return groups;
  const value = {
    kind: "mapping" as const,
    entries: Object.entries(context).map(([key, text]) => ({
      kind: "pair" as const,
      key,
      value: new Scalar("str", text ?? ""),
    })),
  };
  return groups.map((group) =>
    group.map((key): MasterKey =>
      key.type !== "kms" || contextOf(key).length > 0 ? key : {
        ...key,
        entry: {
          kind: "mapping",
          entries: [...key.entry.entries, { kind: "pair", key: "context", value }],
        },
      }
    )
  );
}

/** How sops writes a key for people, and by what it tells one from another. */
export function keyText(key: MasterKey): string {
  if (key.type === "age") return key.recipient;
  const field = (name: string) => fieldOf(key, name) ?? "";
  switch (key.type) {
    case "kms": {
      const role = field("role");
      const context = contextOf(key).toSorted(([a], [b]) => a < b ? -1 : 1)
        .map((pair) => pair.join(":")).join(",");
      const profile = field("aws_profile");
      return [
        role ? `${field("arn")}+${role}` : field("arn"),
        ...(context || profile ? [context] : []),
        ...(profile ? [profile] : []),
      ].join("|");
    }
    case "pgp":
      return field("fp");
    case "gcp_kms":
      return field("resource_id");
    case "hckms":
      return field("key_id");
    case "azure_kv":
      return `${field("vault_url")}/keys/${field("name")}/${field("version")}`;
    case "hc_vault":
      return `${field("vault_address")}/v1/${field("engine_path")}/keys/${field("key_name")}`;
  }
}

/** Keys without repetitions. */
export function unique(keys: readonly MasterKey[]): MasterKey[] {
  const known = new Set<string>();
  return keys.filter((key) => !known.has(keyText(key)) && known.add(keyText(key)));
}

/** How the keys of one group change. */
export interface GroupChange {
  readonly kept: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * How the groups of a file change, place by place.
 *
 * @see getsops/sops cmd/sops/common/common.go, DiffKeyGroups
 */
export function changesOf(
  before: readonly KeyGroup[],
  after: readonly KeyGroup[],
): GroupChange[] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [old, now] = [before, after].map((groups) => (groups[index] ?? []).map(keyText));
    return {
      kept: now!.filter((text) => old!.includes(text)),
      added: now!.filter((text) => !old!.includes(text)),
      removed: old!.filter((text) => !now!.includes(text)),
    };
  });
}

/**
 * The keys of a rule, where an Azure key that names no version is the version that the file has.
 *
 * @param before the groups of the file
 */
export function withKnownVersions(
  groups: readonly KeyGroup[],
  before: readonly KeyGroup[],
): KeyGroup[] {
  const known = before.flat().filter(({ type }) => type === "azure_kv");
  return groups.map((group) =>
    group.map((key) => {
      if (key.type !== "azure_kv" || fieldOf(key, "version")) return key;
      return known.find((each) => keyText(each).startsWith(keyText(key))) ?? key;
    })
  );
}
