import { canonicalTime } from "./canonical.ts";
import type { AgeKey } from "./keys/master_key.ts";
import type { Format } from "./tree.ts";

/**
 * An encrypted file as text, in which only the list of age keys was understood. It can be written
 * with other keys without its values being looked at.
 */
export interface KeyBlock {
  readonly keys: readonly AgeKey[];
  /** @returns the file with these keys in place of the others; exactly what the stores would write */
  withKeys(keys: readonly AgeKey[]): string;
}

/**
 * Finds the list of age keys in a file of YAML, JSON or binary content that is laid out as SOPS and
 * we write it, encrypted throughout and for age keys only.
 *
 * @returns nothing for whatever is unusual: that is for the whole parser, and to be rewritten by it
 */
export function scanKeyBlock(bytes: Uint8Array, format: Format): KeyBlock | undefined {
  if (format !== "yaml" && format !== "json" && format !== "binary") return undefined;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return format === "yaml" ? scanYamlKeys(text) : scanJsonKeys(text);
}

const enc = String.raw`ENC\[AES256_GCM,[\w+/=,:-]+\]`;
const armor = String.raw`-----BEGIN AGE ENCRYPTED FILE-----`;
const armorEnd = String.raw`-----END AGE ENCRYPTED FILE-----`;
/** What is a string however YAML is read, and needs no quotes. */
const selectorText = String.raw`[_^(][\w^$()|.*+\\]*`;

const encryptedField = String.raw`encrypted_(?:comment_regex|regex|suffix)`;
const unencryptedField = `un${encryptedField}`;

const yamlTail = new RegExp(
  String
    .raw`^sops:\n {4}age:\n((?: {8}- enc: \|\n(?: {12}[\w+/= -]{1,64}\n)+ {10}recipient: age1[a-z0-9]+\n)+)` +
    String.raw`((?: {4}${encryptedField}: ${selectorText}\n)?` +
    String.raw` {4}lastmodified: "([\d:TZ-]{20})"\n` +
    String.raw` {4}mac: ${enc}\n` +
    String.raw`(?: {4}mac_only_encrypted: true\n)?` +
    String.raw`(?: {4}${unencryptedField}: ${selectorText}\n)?` +
    String.raw` {4}version: \d+\.\d+\.\d+\n)$`,
);
const yamlKey = new RegExp(
  String
    .raw` {8}- enc: \|\n {12}(${armor}\n(?: {12}[A-Za-z0-9+/=]+\n)+) {12}${armorEnd}\n {10}recipient: (age1[a-z0-9]+)\n`,
  "y",
);

function scanYamlKeys(text: string): KeyBlock | undefined {
  const at = text.lastIndexOf("\nsops:\n") + 1;
  if (at === 0 || !isPlainYaml(text, at)) return undefined;
  const tail = yamlTail.exec(text.slice(at));
  if (!tail || !isTail(tail[2]!, tail[3]!)) return undefined;
  const list = tail[1]!;
  const keys: AgeKey[] = [];
  yamlKey.lastIndex = 0;
  while (yamlKey.lastIndex < list.length) {
    const match = yamlKey.exec(list);
    if (!match) return undefined;
    keys.push({
      type: "age",
      recipient: match[2]!,
      enc: `${match[1]!.replaceAll(" ".repeat(12), "")}${armorEnd}\n`,
    });
  }
  const rest = tail[2]!;
  return {
    keys,
    withKeys: (others) =>
      text.slice(0, at) + "sops:\n    age:\n" + others.map(yamlEntry).join("") + rest,
  };
}

function isTail(fields: string, lastModified: string): boolean {
  // Two selectors are an error that the whole parser words.
  const selectors = fields.match(/^ {4}(?:un)?encrypted_/gm) ?? [];
  return selectors.length === 1 && canonicalTime(lastModified) === lastModified;
}

function yamlEntry({ recipient, enc }: AgeKey): string {
  const lines = enc.trimEnd().split("\n").map((line) => `            ${line}\n`);
  return `        - enc: |\n${lines.join("")}          recipient: ${recipient}\n`;
}

/** A name that is no other type, whatever reads it, and no merge key. */
const plainName = /^(?!(?:y|n|yes|no|on|off|true|false|null|sops)$)[A-Za-z][A-Za-z0-9_-]*$/i;
const encryptedLeaf = new RegExp(`^${enc}$`);
const plainComment = /^#(?:[ -~]*[!-~])?$/;

/** @param value with the space before it */
function isLeaf(value: string): boolean {
  return value === ' ""' || value === " null" ||
    (value.startsWith(" ") && encryptedLeaf.test(value.slice(1)));
}

/**
 * Whether what stands before the metadata is mappings and lists of encrypted leaves only, as our own
 * writer lays them out.
 */
function isPlainYaml(text: string, end: number): boolean {
  /** The names at each level that is open. */
  const names: Set<string>[] = [];
  /** Which of the levels are lists, and which is to come. */
  let level = 0;
  let opened = true;
  let comment = -1;
  for (let start = 0; start < end;) {
    const stop = text.indexOf("\n", start);
    if (stop < 0 || stop > end) return false;
    let column = start;
    while (text.charCodeAt(column) === 0x20) column++;
    const indent = column - start;
    if (indent % 4 !== 0) return false;
    const depth = indent / 4;
    const line = text.slice(column, stop);
    start = stop + 1;
    if (line.startsWith("#")) {
      // One that stands above a name, as deep as it; several in a row may be apart or together.
      if (comment !== -1 || !plainComment.test(line)) return false;
      comment = depth;
      continue;
    }
    if (comment !== -1 && comment !== depth) return false;
    if (opened ? depth !== level : depth > level) return false;
    const fresh = opened;
    level = depth;
    if (line.startsWith("- ")) {
      // A list holds leaves; a comment in one is told apart by the whole parser.
      if (depth === 0 || comment !== -1 || !isLeaf(line.slice(1))) return false;
      if (fresh) names[depth] = listMark;
      else if (names[depth] !== listMark) return false;
      opened = false;
      continue;
    }
    comment = -1;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (colon < 1 || name.length > 100 || !plainName.test(name)) return false;
    if (fresh) names[depth] = new Set();
    const known = names[depth]!;
    if (known === listMark || known.has(name)) return false;
    known.add(name);
    const value = line.slice(colon + 1);
    opened = value === "";
    if (opened) level = depth + 1;
    else if (!isLeaf(value)) return false;
  }
  return !opened && comment === -1;
}

const listMark = new Set<string>();

/** What `JSON.stringify` would not give back as SOPS writes it. */
const unusualJson = /[\\<>&\x7f-\x9f\u2028\u2029\ufeff]|^\t*(?:"[^"]*": )?(?:-?\d|\{\}|\[\])/m;

const jsonFields = new Set([
  "age",
  "encrypted_comment_regex",
  "encrypted_regex",
  "encrypted_suffix",
  "lastmodified",
  "mac",
  "mac_only_encrypted",
  "unencrypted_comment_regex",
  "unencrypted_regex",
  "unencrypted_suffix",
  "version",
]);

function scanJsonKeys(text: string): KeyBlock | undefined {
  const at = text.lastIndexOf('\n\t"sops": {\n');
  if (at < 0 || unusualJson.test(text.slice(0, at))) return undefined;
  let whole: Record<string, unknown> & { sops: Record<string, unknown> };
  try {
    whole = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (`${JSON.stringify(whole, null, "\t")}\n` !== text) return undefined;
  const { sops } = whole;
  if (typeof sops !== "object" || sops === null || Object.keys(whole).at(-1) !== "sops") {
    return undefined;
  }
  const fields = Object.keys(sops);
  if (fields[0] !== "age" || fields.some((each) => !jsonFields.has(each))) return undefined;
  if (fields.toSorted().some((each, index) => each !== fields[index])) return undefined;
  return isJsonTail(sops, fields.length - 1) ? jsonBlock(whole) : undefined;
}

function isJsonTail(sops: Record<string, unknown>, count: number): boolean {
  const { mac, version, lastmodified } = sops;
  const texts = [mac, version, lastmodified].filter((each) => typeof each === "string");
  const selectors = Object.entries(sops).filter(([name]) => /^(?:un)?encrypted_/.test(name));
  const only = "mac_only_encrypted" in sops ? 1 : 0;
  return texts.length === 3 && encryptedLeaf.test(String(mac)) &&
    /^\d+\.\d+\.\d+$/.test(String(version)) &&
    canonicalTime(String(lastmodified)) === lastmodified &&
    String(lastmodified).length === 20 &&
    (only === 0 || sops.mac_only_encrypted === true) &&
    // A binary file that names none is written with one by the whole parser.
    selectors.length === 1 && new RegExp(`^${selectorText}$`).test(String(selectors[0]![1])) &&
    count === 4 + only;
}

function jsonBlock(
  whole: Record<string, unknown> & { sops: Record<string, unknown> },
): KeyBlock | undefined {
  const { age } = whole.sops;
  if (!Array.isArray(age) || age.length === 0) return undefined;
  const keys: AgeKey[] = [];
  for (const each of age) {
    if (Object.keys(each).join() !== "enc,recipient") return undefined;
    const { enc, recipient } = each;
    if (typeof enc !== "string" || !/^age1[a-z0-9]+$/.test(recipient)) return undefined;
    if (!enc.startsWith(`${armor}\n`) || !enc.endsWith(`\n${armorEnd}\n`)) return undefined;
    keys.push({ type: "age", recipient, enc });
  }
  return {
    keys,
    withKeys(others) {
      const age = others.map(({ enc, recipient }) => ({ enc, recipient }));
      const sops = { ...whole.sops, age };
      return `${JSON.stringify({ ...whole, sops }, null, "\t")}\n`;
    },
  };
}
