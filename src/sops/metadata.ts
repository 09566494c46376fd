import { canonicalTime, wholeSeconds } from "./canonical.ts";
import { MetadataError, UnsupportedError } from "./errors.ts";
import type { AgeKey } from "./keys/age.ts";
import { defaultSelector, type Selector, selectorRules } from "./selectors.ts";
import { type Mapping, type Node, type Pair, Scalar } from "./tree.ts";

/** The version of SOPS whose format we write. */
export const formatVersion = "3.13.2";

/** The key types that SOPS 3.13.2 has beside age, by their names in metadata. */
const otherKeyTypes = ["azure_kv", "gcp_kms", "hc_vault", "hckms", "kms", "pgp"] as const;

export type OtherKeyType = typeof otherKeyTypes[number];

/** A key of a type that we cannot use; it is written again as it was read. */
export interface OtherKey {
  readonly type: OtherKeyType;
  readonly entry: Mapping;
}

/** The `sops` entry of a file. */
export interface Metadata {
  readonly recipients: readonly AgeKey[];
  readonly otherKeys: readonly OtherKey[];
  /** RFC 3339 to the second; the MAC's AAD. */
  readonly lastModified: string;
  /** `ENC[…]`; empty when the file has none. */
  readonly mac: string;
  /** The SOPS version that made the file or rotated it last. */
  readonly version: string;
  readonly selector: Selector;
  /** A new binary file has one value and names no selector; SOPS does when it writes it again. */
  readonly omitsSelector?: boolean;
  readonly macOnlyEncrypted: boolean;
  /** Only kept: with one key group it says nothing. */
  readonly shamirThreshold?: number;
}

/**
 * Reads a `sops` entry. Fields that SOPS does not know are dropped, as SOPS does.
 *
 * @throws {UnsupportedError} for key groups, whose data key is shared out
 * @throws {MetadataError} for anything that SOPS would not read
 * @see getsops/sops stores/stores.go, metadata
 */
export function readMetadata(entry: Mapping): Metadata {
  const fields = new Map<string, Node>();
  for (const each of entry.entries) {
    if (each.kind === "pair") fields.set(each.key, each.value);
  }
  const recipients = listOf(fields, "age").map((each, index): AgeKey => ({
    type: "age",
    recipient: requiredText(each, "recipient", `age[${index}]`),
    enc: requiredText(each, "enc", `age[${index}]`),
  }));
  const otherKeys = otherKeyTypes.flatMap((type) =>
    listOf(fields, type).map((each): OtherKey => ({ type, entry: each }))
  );
  if (recipients.length + otherKeys.length === 0) {
    if (listOf(fields, "key_groups").length > 0) {
      throw new UnsupportedError("key type", "key_groups");
    }
    throw new MetadataError("age", "there are no keys");
  }
  const lastModified = canonicalTime(textOf(fields, "lastmodified") ?? "");
  if (lastModified === undefined) throw new MetadataError("lastmodified", "no RFC 3339 time");
  const threshold = textOf(fields, "shamir_threshold");
  return {
    recipients,
    otherKeys,
    lastModified: wholeSeconds(lastModified),
    mac: textOf(fields, "mac") ?? "",
    version: textOf(fields, "version") ?? "",
    selector: readSelector(fields),
    macOnlyEncrypted: readFlag(fields, "mac_only_encrypted"),
    ...(threshold !== undefined && /^[1-9]\d*$/.test(threshold)
      ? { shamirThreshold: Number(threshold) }
      : {}),
  };
}

function readSelector(fields: ReadonlyMap<string, Node>): Selector {
  const given = selectorRules.flatMap((rule): Selector[] => {
    const text = textOf(fields, rule);
    return text ? [{ rule, text }] : [];
  });
  if (given.length > 1) {
    throw new MetadataError(given[1]!.rule, `there is "${given[0]!.rule}" already`);
  }
  return given[0] ?? defaultSelector;
}

function readFlag(fields: ReadonlyMap<string, Node>, field: string): boolean {
  const text = textOf(fields, field);
  if (text === undefined || text === "" || /^(0|f|false)$/i.test(text)) return false;
  if (/^(1|t|true)$/i.test(text)) return true;
  throw new MetadataError(field, "neither true nor false");
}

function listOf(fields: ReadonlyMap<string, Node>, field: string): Mapping[] {
  const node = fields.get(field);
  if (node === undefined || node.kind === "null") return [];
  const items = node.kind === "sequence" ? node.items : [node];
  return items.flatMap((item): Mapping[] => {
    if (item instanceof Scalar || item.kind === "sequence" || item.kind === "null") {
      throw new MetadataError(field, "no list of mappings");
    }
    return item.kind === "mapping" ? [item] : [];
  });
}

function textOf(fields: ReadonlyMap<string, Node>, field: string): string | undefined {
  const node = fields.get(field);
  if (node === undefined || node.kind === "null") return undefined;
  if (node.kind !== "scalar") throw new MetadataError(field, "no text");
  return node.reveal();
}

function requiredText(mapping: Mapping, key: string, where: string): string {
  const pair = mapping.entries.find((each): each is Pair =>
    each.kind === "pair" && each.key === key
  );
  if (pair?.value.kind !== "scalar") throw new MetadataError(`${where}.${key}`, "missing");
  return pair.value.reveal();
}

/** Writes a `sops` entry: keys in alphabetical order, absent and empty fields left out. */
export function writeMetadata(metadata: Metadata): Mapping {
  const fields = new Map<string, Node>();
  if (metadata.recipients.length > 0) {
    fields.set(
      "age",
      list(
        metadata.recipients.map(({ recipient, enc }) =>
          mapping([["enc", text(enc)], ["recipient", text(recipient)]])
        ),
      ),
    );
  }
  for (const type of otherKeyTypes) {
    const entries = metadata.otherKeys.filter((key) => key.type === type);
    if (entries.length > 0) fields.set(type, list(entries.map(({ entry }) => sorted(entry))));
  }
  fields.set("lastmodified", text(metadata.lastModified));
  fields.set("mac", text(metadata.mac));
  fields.set("version", text(metadata.version));
  if (metadata.macOnlyEncrypted) fields.set("mac_only_encrypted", new Scalar("bool", "True"));
  if (metadata.shamirThreshold) {
    fields.set("shamir_threshold", new Scalar("int", String(metadata.shamirThreshold)));
  }
  if (!metadata.omitsSelector) {
    fields.set(metadata.selector.rule, text(metadata.selector.text));
  }
  return sorted(mapping([...fields]));
}

function text(value: string): Scalar {
  return new Scalar("str", value);
}

function list(items: Mapping[]): Node {
  return { kind: "sequence", items };
}

function mapping(fields: readonly (readonly [key: string, value: Node])[]): Mapping {
  return { kind: "mapping", entries: fields.map(([key, value]) => ({ kind: "pair", key, value })) };
}

/** Comments are lost, because SOPS writes from a structure of its own. */
function sorted({ entries }: Mapping): Mapping {
  const pairs = entries.filter((each): each is Pair => each.kind === "pair");
  return {
    kind: "mapping",
    entries: pairs.toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  };
}

/** Which recipients stand on one side only; both lists may hold repetitions. */
export interface RecipientDifference {
  /** Nothing authenticates metadata: somebody may have put these in. */
  readonly onlyInFile: readonly string[];
  readonly onlyInRule: readonly string[];
}

/** Compares for whom a file is encrypted with for whom the rules say it should be. */
export function compareRecipients(
  file: readonly string[],
  rule: readonly string[],
): RecipientDifference {
  const [inFile, inRule] = [new Set(file), new Set(rule)];
  return {
    onlyInFile: [...inFile].filter((each) => !inRule.has(each)),
    onlyInRule: [...inRule].filter((each) => !inFile.has(each)),
  };
}
