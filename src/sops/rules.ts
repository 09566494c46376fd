import { InvalidRuleError, NoRuleError } from "./errors.ts";
import { type KeyGroup, recipientsOf } from "./keys/master_key.ts";
import { type Fields, flagOf, mappingOr, numberOf, textOf } from "./rule_fields.ts";
import { ruleGroups } from "./rule_keys.ts";
import { compileRegex, defaultSelector, type Selector, selectorRules } from "./selectors.ts";
import type { Format, Layout } from "./tree.ts";

/** How a new file is to be encrypted. */
export interface Rule {
  /** RE2, matched anywhere in the path; a rule without one is for every file. */
  readonly pathRegex: string | undefined;
  /** The keys that SOPS would encrypt to; more than one group means that the data key is shared out. */
  readonly groups: readonly KeyGroup[];
  /** How many groups it takes to open a file; all of them unless given. */
  readonly shamirThreshold?: number;
  /** The age recipients of all groups, SSH keys among them, in their order, without repetitions. */
  readonly recipients: readonly string[];
  /** What it takes besides age recipients: `pgp`, `kms`, `key_groups`. */
  readonly unsupported: readonly string[];
  readonly selector: Selector;
  readonly macOnlyEncrypted: boolean;
}

/** A `.sops.yaml`. A rule is checked when it is used, as SOPS does. */
export interface Rules {
  /** Its name, for errors. */
  readonly filename: string;
  readonly creationRules: readonly RawRule[];
  /** Whether there is a list of creation rules at all; without it a file counts as none. */
  readonly hasCreationRules: boolean;
  /** `stores`: how files of a format are laid out. */
  readonly layouts: Readonly<Partial<Record<Format, Layout>>>;
}

/** A creation rule as it was written. */
export interface RawRule {
  /** Where it stands: `creation_rules[0]`. */
  readonly where: string;
  readonly fields: Fields;
}

/** In characters: room for 15,000 recipients, and what the YAML library can take. */
const longestRules = 1_000_000;

/**
 * Reads a `.sops.yaml`. Fields that SOPS does not know are passed over, as SOPS does.
 *
 * @param text its content
 * @param filename for errors
 * @throws {InvalidRuleError} when it is no YAML, or has other shapes than SOPS would take
 * @see getsops/sops config/config.go
 */
export async function parseRules(text: string, filename: string): Promise<Rules> {
  if (text.length > longestRules) throw new InvalidRuleError(filename, "more than 1 MB");
  const { parseAllDocuments } = await import("./yaml_library.ts");
  const documents = parseAllDocuments(text, { version: "1.2", strict: true, merge: true });
  const first = Array.isArray(documents) ? documents[0] : undefined;
  const fault = first?.errors[0];
  if (fault) {
    const reason = fault.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
    const deep = reason.includes("call stack");
    throw new InvalidRuleError(
      filename,
      deep ? "nested too deeply" : reason,
      fault.linePos?.[0].line,
    );
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
    hasCreationRules: (top.creation_rules ?? undefined) !== undefined,
    creationRules: rules.map((rule, index) => {
      const where = `creation_rules[${index}]`;
      return { where, fields: mappingOr(rule ?? {}, where) };
    }),
    layouts: readLayouts(mappingOr(top.stores ?? {}, "stores")),
  };
}

function readLayouts(stores: Fields): Rules["layouts"] {
  const layouts: Partial<Record<Format, Layout>> = {};
  for (const [name, format] of [["yaml", "yaml"], ["json", "json"], ["json_binary", "binary"]]) {
    const store = mappingOr(stores[name!] ?? {}, `stores.${name}`);
    const indent = numberOf(store, "indent", `stores.${name}`);
    if (indent === undefined) continue;
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
 * @throws {RecipientError} when one of its keys is none
 */
export async function ruleFor(rules: Rules, path: string): Promise<Rule> {
  return (await ruleFinder(rules)(path)).rule;
}

/** A rule with its place among the creation rules, from 0. */
export interface PlacedRule {
  readonly index: number;
  readonly rule: Rule;
}

/**
 * `ruleFor` for many files: each rule is read once, and only when it is come to.
 *
 * @returns finds the rule of a file, and throws what `ruleFor` throws
 */
export function ruleFinder(rules: Rules): (path: string) => Promise<PlacedRule> {
  const tests = new Map<number, (path: string) => boolean>();
  const found = new Map<number, PlacedRule>();
  return async (path) => {
    for (const [index, { where, fields }] of rules.creationRules.entries()) {
      const pathRegex = textOf(fields, "path_regex", where);
      if (pathRegex) {
        const matches = tests.get(index) ?? await compileRegex(pathRegex, `${where}.path_regex`);
        tests.set(index, matches);
        if (!matches(path)) continue;
      }
      const placed = found.get(index) ??
        { index, rule: readRule(fields, where, pathRegex || undefined) };
      found.set(index, placed);
      return placed;
    }
    throw new NoRuleError(path, rules.creationRules.length);
  };
}

function readRule(fields: Fields, where: string, pathRegex: string | undefined): Rule {
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
  const groups = ruleGroups(fields, where);
  const shamirThreshold = numberOf(fields, "shamir_threshold", where);
  const others = groups.flat().flatMap(({ type }) => type === "age" ? [] : [type]);
  return {
    pathRegex,
    groups,
    ...(shamirThreshold ? { shamirThreshold } : {}),
    recipients: [...new Set(recipientsOf(groups))],
    unsupported: [...new Set([...groups.length > 1 ? ["key_groups"] : [], ...others])],
    selector: selector ?? defaultSelector,
    macOnlyEncrypted: flagOf(fields, "mac_only_encrypted", where),
  };
}
