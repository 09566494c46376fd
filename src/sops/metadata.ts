import { canonicalTime, wholeSeconds } from "./canonical.ts";
import { MetadataError } from "./errors.ts";
import {
  ageKeysOf,
  type KeyGroup,
  type OtherKey,
  otherKeysOf,
  otherKeyTypes,
} from "./keys/master_key.ts";
import { defaultSelector, type Selector, selectorRules } from "./selectors.ts";
import { type Mapping, type Node, type Pair, Scalar } from "./tree.ts";

/** The version of SOPS whose format we write. */
export const formatVersion = "3.13.2";

/** The `sops` entry of a file. */
export interface Metadata {
  /**
   * At least one. Each key of the only one opens the data key; with several, each opens a share of
   * it.
   */
  readonly groups: readonly KeyGroup[];
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
  /** Of how many groups the shares are needed; with one group it says nothing, and is kept. */
  readonly shamirThreshold?: number;
}

/**
 * Reads a `sops` entry. Fields that SOPS does not know are dropped, as SOPS does.
 *
 * @throws {MetadataError} for anything that SOPS would not read
 * @see getsops/sops stores/stores.go, metadata
 */
export function readMetadata(entry: Mapping): Metadata {
  const fields = fieldsOf(entry);
  const groups = readGroups(fields);
  const lastModified = canonicalTime(textOf(fields, "lastmodified") ?? "");
  if (lastModified === undefined) throw new MetadataError("lastmodified", "no RFC 3339 time");
  const threshold = textOf(fields, "shamir_threshold");
  return {
    groups,
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

/** Keys that stand there by themselves come before any groups, as in SOPS. */
function readGroups(fields: ReadonlyMap<string, Node>): KeyGroup[] {
  const groups = allGroups(fields);
  if (groups.length > mostGroups) {
    throw new MetadataError("key_groups", `more than ${mostGroups} groups`);
  }
  const keys = groups.flat();
  if (keys.length > mostKeys) {
    throw new MetadataError("age", `more than ${mostKeys} keys`);
  }
  if (ageKeysOf(keys).reduce((sum, { enc }) => sum + enc.length, 0) > longestEncs) {
    throw new MetadataError("age", `more than ${longestEncs} characters in its keys`);
  }
  return groups;
}

/** A data key can be shared out among so many. */
const mostGroups = 255;
const mostKeys = 20_000;
/** Of an age file that holds a data key: one for a post-quantum recipient has 2,400 characters. */
const longestEnc = 65_536;
/** Of all of them: each stanza in them is tried, and takes a fifth of a millisecond. */
const longestEncs = 32_000_000;

function allGroups(fields: ReadonlyMap<string, Node>): KeyGroup[] {
  const single = readGroup(fields, "");
  if (single.length > 0) return [single];
  const groups = listOf(fields, "key_groups").map((entry, index) =>
    readGroup(fieldsOf(entry), `key_groups[${index}].`)
  );
  if (groups.length === 0 || groups.some((group) => group.length === 0)) {
    throw new MetadataError("age", "there are no keys");
  }
  return groups;
}

function readGroup(fields: ReadonlyMap<string, Node>, where: string): KeyGroup {
  const others = otherKeyTypes.flatMap((type) =>
    listOf(fields, type).map((entry): OtherKey => ({ type, entry }))
  );
  const age = listOf(fields, "age").map((each, index) => ({
    type: "age" as const,
    recipient: requiredText(each, "recipient", `${where}age[${index}]`),
    enc: encOf(each, `${where}age[${index}]`),
  }));
  return [...others, ...age];
}

function fieldsOf({ entries }: Mapping): ReadonlyMap<string, Node> {
  const fields = new Map<string, Node>();
  for (const each of entries) {
    if (each.kind === "pair") fields.set(each.key, each.value);
  }
  return fields;
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

function encOf(mapping: Mapping, where: string): string {
  const enc = requiredText(mapping, "enc", where);
  if (enc.length > longestEnc) {
    throw new MetadataError(`${where}.enc`, `more than ${longestEnc} characters`);
  }
  return enc;
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
  const [first, ...more] = metadata.groups;
  if (first && more.length === 0) {
    for (const [name, keys] of keyLists(first)) fields.set(name, keys);
  } else {
    fields.set("key_groups", list(metadata.groups.map(groupEntry)));
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

/** The keys of a group, by their types. */
function keyLists(group: KeyGroup): Map<string, Node> {
  const lists = new Map<string, Node>();
  const age = ageKeysOf(group).map(({ recipient, enc }) =>
    mapping([["enc", text(enc)], ["recipient", text(recipient)]])
  );
  if (age.length > 0) lists.set("age", list(age));
  for (const type of otherKeyTypes) {
    const keys = otherKeysOf(group).filter((key) => key.type === type);
    if (keys.length > 0) lists.set(type, list(keys.map(({ entry }) => sorted(entry))));
  }
  return lists;
}

/** SOPS writes the lists of these two types even when they are empty. */
function groupEntry(group: KeyGroup): Mapping {
  const empty = [["age", list([])], ["hc_vault", list([])]] as const;
  return sorted(mapping([...new Map<string, Node>([...empty, ...keyLists(group)])]));
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
