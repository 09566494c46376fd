import { InvalidRuleError, NoRuleError, UnsupportedError } from "./errors.ts";
import { checkRecipient } from "./keys/identity.ts";
import { compileRegex, defaultSelector, type Selector, selectorRules } from "./selectors.ts";
import type { Format, Layout } from "./tree.ts";

/** How a new file is to be encrypted. */
export interface Rule {
  /** RE2, matched anywhere in the path; a rule without one is for every file. */
  readonly pathRegex: string | undefined;
  /** age recipients, SSH keys among them, in their order, without repetitions. */
  readonly recipients: readonly string[];
  /** Keys of other types that SOPS would encrypt to as well: `pgp`, `kms`. */
  readonly unsupported: readonly string[];
  readonly selector: Selector;
  readonly macOnlyEncrypted: boolean;
}

/** A `.sops.yaml`. A rule is checked when it is used, as SOPS does. */
export interface Rules {
  /** Its name, for errors. */
  readonly filename: string;
  readonly creationRules: readonly RawRule[];
  /** `stores`: how files of a format are laid out. */
  readonly layouts: Readonly<Partial<Record<Format, Layout>>>;
}

/** A creation rule as it was written. */
export interface RawRule {
  /** Where it stands: `creation_rules[0]`. */
  readonly where: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The names of other key types in rules, where they differ from those in metadata. */
const otherKeyFields = [
  "pgp",
  "kms",
  "gcp_kms",
  "hckms",
  "azure_keyvault",
  "hc_vault_transit_uri",
  "hc_vault",
] as const;

/**
 * Reads a `.sops.yaml`. Fields that SOPS does not know are passed over, as SOPS does.
 *
 * @param text its content
 * @param filename for errors
 * @throws {InvalidRuleError} when it is no YAML, or has other shapes than SOPS would take
 * @see getsops/sops config/config.go
 */
export async function parseRules(text: string, filename: string): Promise<Rules> {
  const { parseAllDocuments } = await import("./yaml_library.ts");
  const documents = parseAllDocuments(text, { version: "1.2", strict: true, merge: true });
  const first = Array.isArray(documents) ? documents[0] : undefined;
  const fault = first?.errors[0];
  if (fault) {
    const reason = fault.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
    throw new InvalidRuleError(filename, reason, fault.linePos?.[0].line);
  }
  let content: unknown;
  try {
    content = first?.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new InvalidRuleError(filename, error instanceof Error ? error.message : String(error));
  }
  const top = mappingOr(content, filename);
  const rules = top.creation_rules ?? [];
  if (!Array.isArray(rules)) throw new InvalidRuleError("creation_rules", "no list");
  return {
    filename,
    creationRules: rules.map((rule, index) => {
      const where = `creation_rules[${index}]`;
      return { where, fields: mappingOr(rule ?? {}, where) };
    }),
    layouts: readLayouts(mappingOr(top.stores ?? {}, "stores")),
  };
}

function readLayouts(stores: Readonly<Record<string, unknown>>): Rules["layouts"] {
  const layouts: Partial<Record<Format, Layout>> = {};
  for (const [name, format] of [["yaml", "yaml"], ["json", "json"], ["json_binary", "binary"]]) {
    const store = mappingOr(stores[name!] ?? {}, `stores.${name}`);
    const { indent } = store;
    if (indent === undefined || indent === null) continue;
    if (typeof indent !== "number" || !Number.isInteger(indent)) {
      throw new InvalidRuleError(`stores.${name}.indent`, "no whole number");
    }
    if (format === "yaml" && indent < 0) {
      throw new InvalidRuleError("stores.yaml.indent", "less than zero");
    }
    // Zero is what SOPS takes for "not told" in YAML.
    if (format !== "yaml" || indent > 0) layouts[format as Format] = { indent };
  }
  return layouts;
}

/**
 * The rule for a file: the first whose expression is in its path.
 *
 * @param path relative to the folder of the rules, with "/"; absolute when it is not below
 * @throws {NoRuleError} when none is for it
 * @throws {InvalidRuleError} when the rule, or an expression before it, cannot be followed
 * @throws {UnsupportedError} when its data key would be shared out between key groups
 */
export async function ruleFor(rules: Rules, path: string): Promise<Rule> {
  for (const { where, fields } of rules.creationRules) {
    const pathRegex = textOf(fields, "path_regex", where);
    if (pathRegex) {
      const matches = await compileRegex(pathRegex, `${where}.path_regex`);
      if (!matches(path)) continue;
    }
    return readRule(fields, where, pathRegex || undefined);
  }
  throw new NoRuleError(path, rules.creationRules.length);
}

function readRule(
  fields: Readonly<Record<string, unknown>>,
  where: string,
  pathRegex: string | undefined,
): Rule {
  const selectors = selectorRules.flatMap((rule): Selector[] => {
    const text = textOf(fields, rule, where);
    return text ? [{ rule, text }] : [];
  });
  const [selector, second] = selectors;
  if (second) {
    throw new InvalidRuleError(
      `${where}.${second.rule}`,
      `there is "${selector!.rule}" already, and only one of them can be`,
    );
  }
  const groups = fields.key_groups ?? [];
  if (!Array.isArray(groups)) throw new InvalidRuleError(`${where}.key_groups`, "no list");
  if (groups.length > 1) throw new UnsupportedError("key type", "key_groups");
  const keys = groups.length === 1
    ? groupKeys(groups[0], `${where}.key_groups[0]`)
    : ruleKeys(fields, where);
  return {
    pathRegex,
    recipients: [...new Set(keys.recipients)],
    unsupported: [...new Set(keys.unsupported)],
    selector: selector ?? defaultSelector,
    macOnlyEncrypted: flagOf(fields, "mac_only_encrypted", where),
  };
}

interface Keys {
  readonly recipients: string[];
  readonly unsupported: string[];
}

/** Keys that stand in the rule itself: text with commas, or a list. */
function ruleKeys(fields: Readonly<Record<string, unknown>>, where: string): Keys {
  const keys: Keys = { recipients: [], unsupported: [] };
  for (const text of keyList(fields.age, `${where}.age`)) addRecipient(text, keys);
  for (const field of otherKeyFields) {
    if (keyList(fields[field], `${where}.${field}`).length > 0) keys.unsupported.push(field);
  }
  return keys;
}

/** Keys of a key group: always lists, and groups can be merged in. */
function groupKeys(group: unknown, where: string): Keys {
  const fields = mappingOr(group ?? {}, where);
  const keys: Keys = { recipients: [], unsupported: [] };
  for (const [index, merged] of listOf(fields.merge, `${where}.merge`).entries()) {
    const more = groupKeys(merged, `${where}.merge[${index}]`);
    keys.recipients.push(...more.recipients);
    keys.unsupported.push(...more.unsupported);
  }
  for (const [index, text] of listOf(fields.age, `${where}.age`).entries()) {
    if (typeof text !== "string") throw new InvalidRuleError(`${where}.age[${index}]`, "no text");
    for (const each of text.split(",")) addRecipient(each, keys);
  }
  for (const field of otherKeyFields) {
    if (listOf(fields[field], `${where}.${field}`).length > 0) keys.unsupported.push(field);
  }
  return keys;
}

/** @throws {RecipientError} when it is none, as SOPS refuses the whole rule then */
function addRecipient(text: string, keys: Keys): void {
  keys.recipients.push(checkRecipient(text));
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

function listOf(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new InvalidRuleError(where, "no list");
  return value;
}

function textOf(
  fields: Readonly<Record<string, unknown>>,
  field: string,
  where: string,
): string | undefined {
  const value = fields[field];
  if (value === undefined || value === null) return undefined;
  // Go's YAML gives numbers and booleans to a text field as they are written.
  if (typeof value === "object") throw new InvalidRuleError(`${where}.${field}`, "no text");
  return String(value);
}

function flagOf(
  fields: Readonly<Record<string, unknown>>,
  field: string,
  where: string,
): boolean {
  const value = fields[field] ?? false;
  if (typeof value !== "boolean") {
    throw new InvalidRuleError(`${where}.${field}`, "neither true nor false");
  }
  return value;
}

function mappingOr(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidRuleError(where, "no mapping");
  }
  return value as Record<string, unknown>;
}
