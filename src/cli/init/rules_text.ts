/** A recipient with the name that its comment in the rules gives it. */
export interface NamedRecipient {
  /** `age1…` */
  readonly recipient: string;
  /** `you, alice@nimbus`; one line. */
  readonly name: string;
}

/**
 * The expression that matches a secrets file: all of a folder where the file has one, so that the
 * next file needs no rule of its own.
 *
 * @param relative the file's path from the folder of the rules
 * @see RE2 syntax, which SOPS uses
 */
export function pathRegexFor(relative: string): string {
  const quoted = (text: string) => text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
  const folder = /^(.+)\/[^/]+\.(?:yaml|yml|json)$/.exec(relative)?.[1];
  return folder === undefined
    ? `^${quoted(relative)}$`
    : `^${quoted(folder)}/[^/]+\\.(yaml|yml|json)$`;
}

/**
 * A whole `.sops.yaml` with one rule. The recipients stand in one key group, which every version
 * of SOPS reads as a list, where the shorter `age:` was text with commas until 3.10.
 */
export function newRulesText(pathRegex: string, recipients: readonly NamedRecipient[]): string {
  return [
    "# Who can open the secrets files. After a change here: credsmith access sync",
    "creation_rules:",
    ...ruleLines(pathRegex, recipients, "  "),
    "",
  ].join("\n");
}

/**
 * Adds a rule at the end of rules that are there, as text, so that everything else stays byte for
 * byte. The first rule that matches counts, so the new one takes no file from the others.
 *
 * @returns the new text; nothing where the rules are not laid out as a block, or are no YAML
 */
export async function withRule(
  text: string,
  pathRegex: string,
  recipients: readonly NamedRecipient[],
): Promise<string | undefined> {
  const { isMap, isSeq, parseDocument } = await import("../../sops/yaml_library.ts");
  const parse = (source: string) => {
    const document = parseDocument(source);
    return document.errors.length ? undefined : document;
  };
  const document = parse(text);
  const top = document?.contents;
  if (!document || (top !== null && !isMap(top))) return undefined;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const whole = text === "" || text.endsWith("\n") ? text : `${text}${newline}`;
  const rules = document.get("creation_rules", true);
  let at = whole.length;
  let lines: string[];
  if (rules === undefined) {
    lines = ["creation_rules:", ...ruleLines(pathRegex, recipients, "  ")];
  } else {
    if (!isSeq(rules) || rules.flow || !rules.range || rules.items.length === 0) return undefined;
    const start = whole.lastIndexOf("\n", rules.range[0]) + 1;
    const indent = /^( *)- /.exec(whole.slice(start))?.[1];
    if (indent === undefined) return undefined;
    const end = whole.slice(0, rules.range[1]).trimEnd().length;
    at = whole.indexOf("\n", end) + 1;
    lines = ruleLines(pathRegex, recipients, indent);
  }
  const added = lines.map((line) => line + newline).join("");
  const result = whole.slice(0, at) + added + whole.slice(at);
  // What was there has to be there still, and one rule more.
  const before = (document.toJS() ?? {}) as { creation_rules?: unknown[] };
  const after = parse(result)?.toJS() as { creation_rules?: unknown[] } | undefined;
  const withoutLast = { ...after, creation_rules: after?.creation_rules?.slice(0, -1) };
  const same = JSON.stringify({ ...before, creation_rules: before.creation_rules ?? [] }) ===
    JSON.stringify({ ...before, ...withoutLast });
  return same ? result : undefined;
}

function ruleLines(
  pathRegex: string,
  recipients: readonly NamedRecipient[],
  indent: string,
): string[] {
  return [
    `- path_regex: ${
      /^[\w^$\\./+()|[\]-]+$/.test(pathRegex) ? pathRegex : singleQuoted(pathRegex)
    }`,
    "  key_groups:",
    "    - age:",
    ...recipients.map(({ recipient, name }) => `        - ${recipient} # ${oneLine(name)}`),
  ].map((line) => `${indent}${line}`);
}

/** @see YAML 1.2, 7.3.2 */
function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function oneLine(name: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is taken out
  return name.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
}
