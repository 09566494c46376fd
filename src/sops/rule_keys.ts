import { InvalidRuleError } from "./errors.ts";
import { checkRecipient } from "./keys/identity.ts";
import {
  azureKey,
  azureKeyFromUrl,
  gcpKmsKey,
  huaweiKmsKey,
  type KmsContext,
  kmsKey,
  kmsKeyFromArn,
  pgpKey,
  vaultKeyFromUri,
} from "./keys/key_texts.ts";
import type { AgeKey, KeyGroup, MasterKey } from "./keys/master_key.ts";
import type { Node } from "./tree.ts";
import { type Fields, listOf, mappingOr, textOf } from "./rule_fields.ts";

/**
 * The key groups of a creation rule: its `key_groups`, else one of the keys that stand in the rule
 * itself. They hold no data key yet.
 *
 * @throws {InvalidRuleError} for other shapes than SOPS would take
 * @throws {RecipientError} for a key that is none
 * @see getsops/sops config/config.go, getKeyGroupsFromCreationRule
 */
export function ruleGroups(rule: Fields, where: string): KeyGroup[] {
  const groups = listOf(rule.key_groups, `${where}.key_groups`);
  if (groups.length === 0) return [unique(keysOfRule(rule, where))];
  return groups.map((group, index) => unique(keysOfGroup(group, `${where}.key_groups[${index}]`)));
}

/** Keys in the rule: text with commas, or a list. */
function keysOfRule(rule: Fields, where: string): MasterKey[] {
  const profile = textOf(rule, "aws_profile", where) ?? "";
  const each = <T>(field: string, make: (text: string) => T): T[] =>
    keyList(rule[field], `${where}.${field}`).map(make);
  return [
    ...each("age", ageKey),
    ...each("pgp", pgpKey),
    ...each("kms", (arn) => kmsKeyFromArn(arn, { profile })),
    ...each("gcp_kms", gcpKmsKey),
    ...each("hckms", huaweiKmsKey),
    ...each("azure_keyvault", azureKeyFromUrl),
    ...each("hc_vault_transit_uri", vaultKeyFromUri),
  ];
}

/** Keys of a key group: always lists, and groups can be merged in. */
function keysOfGroup(value: unknown, where: string): MasterKey[] {
  const group = mappingOr(value ?? {}, where);
  const each = <T>(field: string, make: (item: unknown, where: string) => T): T[] =>
    listOf(group[field], `${where}.${field}`).map((item, index) =>
      make(item, `${where}.${field}[${index}]`)
    );
  const text = (item: unknown, at: string): string => {
    if (typeof item !== "string") throw new InvalidRuleError(at, "no text");
    return item;
  };
  const named = (item: unknown, field: string, at: string): string =>
    textOf(mappingOr(item ?? {}, at), field, at) ?? "";
  return [
    ...each("merge", keysOfGroup).flat(),
    ...each("age", (item, at) => text(item, at).split(",").map(ageKey)).flat(),
    ...each("pgp", (item, at) => pgpKey(text(item, at))),
    ...each("kms", (item, at) =>
      kmsKey(named(item, "arn", at), {
        role: named(item, "role", at),
        context: contextOf(mappingOr(item ?? {}, at).context, `${at}.context`),
        profile: named(item, "aws_profile", at),
      })),
    ...each("gcp_kms", (item, at) => gcpKmsKey(named(item, "resource_id", at))),
    ...each("hckms", (item, at) => huaweiKmsKey(named(item, "key_id", at))),
    ...each(
      "azure_keyvault",
      (item, at) =>
        azureKey(named(item, "vaultUrl", at), named(item, "key", at), named(item, "version", at)),
    ),
    ...each("hc_vault", (item, at) => vaultKeyFromUri(text(item, at))),
  ];
}

function contextOf(value: unknown, where: string): KmsContext {
  const fields = mappingOr(value ?? {}, where);
  return Object.fromEntries(
    Object.keys(fields).map((name) => [name, textOf(fields, name, where) ?? null]),
  );
}

/** @throws {RecipientError} when it is none, as SOPS refuses the whole rule then */
function ageKey(text: string): AgeKey {
  return { type: "age", recipient: checkRecipient(text.trim()), enc: "" };
}

function keyList(value: unknown, where: string): string[] {
  if (value === undefined || value === null) return [];
  const parts = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => {
    if (typeof part !== "string") {
      throw new InvalidRuleError(where, "neither text nor a list of it");
    }
    return part.split(",").map((each) => each.trim()).filter((each) => each !== "");
  });
}

function unique(keys: readonly MasterKey[]): MasterKey[] {
  const known = new Set<string>();
  return keys.filter((key) => {
    const name = key.type === "age" ? key.recipient : `${key.type} ${nameOf(key.entry)}`;
    return !known.has(name) && known.add(name);
  });
}

/** Its fields, which are public. */
function nameOf(node: Node): string {
  if (node.kind === "scalar") return JSON.stringify(node.reveal());
  if (node.kind !== "mapping") return node.kind;
  return node.entries.flatMap((each) => each.kind === "pair" ? [each.key, nameOf(each.value)] : [])
    .join(" ");
}
