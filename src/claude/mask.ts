import { createScanner, getNodePath, type Node } from "jsonc-parser";
import type { Secret } from "../sops/secret.ts";
import { parseSettings } from "./settings.ts";

const hidden = "<secret>";

/** What holds credentials by name: `env` of the settings, of MCP servers and hooks, and headers. */
const holders: ReadonlySet<string> = new Set(["env", "headers"]);

/** Variables whose values everybody may see. */
const shown =
  /^(AWS_(REGION|DEFAULT_REGION|PROFILE|ACCESS_KEY_ID)|ANTHROPIC_\w*MODEL|ANTHROPIC_BEDROCK_BASE_URL|CLAUDE_CODE_USE_\w+)$/;

/** Values that are no secret whatever they are called: switches, numbers, levels. */
const harmless = /^([\d.]{0,8}|true|false|yes|no|on|off|debug|info|warn|error)$/i;

/** Text that looks like a key wherever it stands. */
const looksSecret: readonly RegExp[] = [
  /\b(sk|pk|rk)-[\w-]{8,}/g,
  /\b(ABSK|gh[pousr]_|github_pat_|xox[abp]-|glpat-)[\w+/=-]{8,}/g,
  /\bAGE-SECRET-KEY-[\w-]+/g,
  /(?<![A-Za-z0-9+/=])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g,
  /(?<=:\/\/[^/\s:@]+:)[^/\s@]+(?=@)/g,
  /(?<=\b(Bearer|Basic) )[\w.+/=~-]{8,}/gi,
];

/**
 * A settings document in which every value that may be a secret says `<secret>`: in `env` and
 * `headers` all that are not known to be harmless, elsewhere what looks like a key, and in comments every long word.
 *
 * @param text a document without syntax errors
 * @param known values that must not be seen wherever they stand
 */
export function maskSettings(text: string, known: readonly Secret[] = []): string {
  const places: Masked[] = [];
  const visit = (node: Node): void => {
    node.children?.forEach(visit);
    if (node.type !== "string") return;
    const path = getNodePath(node);
    const name = String(path.at(-1));
    const variable = holders.has(String(path.at(-2)));
    const isName = node.parent?.type === "property" && node.parent.children?.[0] === node;
    const content = variable && !isName && !isShown(name, node.value)
      ? hidden
      : maskText(node.value);
    if (content !== node.value) {
      places.push({ offset: node.offset, length: node.length, content: JSON.stringify(content) });
    }
  };
  const { root } = parseSettings(text);
  if (root) visit(root);
  places.push(...comments(text));
  const masked = places.sort((a, b) => b.offset - a.offset).reduce(
    (all, { offset, length, content }) =>
      all.slice(0, offset) + content + all.slice(offset + length),
    text,
  );
  return known.map((secret) => secret.reveal()).filter((value) => value.length >= 8)
    .reduce((all, value) => all.replaceAll(value, hidden), masked);
}

/** A text in which what looks like a key says `<secret>`. */
function maskText(text: string): string {
  return looksSecret.reduce((all, pattern) => all.replace(pattern, hidden), text);
}

function isShown(name: string, value: string): boolean {
  return (shown.test(name) || harmless.test(value)) && maskText(value) === value;
}

/** A stretch of the text, and what is shown in its place. */
interface Masked {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** @see SyntaxKind of jsonc-parser, a `const enum` that cannot be imported */
const [lineComment, blockComment, endOfFile] = [12, 13, 17];

function comments(text: string): Masked[] {
  const found: Masked[] = [];
  const scanner = createScanner(text, false);
  for (;;) {
    const kind = Number(scanner.scan());
    if (kind === endOfFile) return found;
    if (kind !== lineComment && kind !== blockComment) continue;
    const [offset, length] = [scanner.getTokenOffset(), scanner.getTokenLength()];
    const content = text.slice(offset, offset + length)
      .replace(/[\w+/=.-]{20,}/g, (word) => /\d/.test(word) ? hidden : word);
    found.push({ offset, length, content: maskText(content) });
  }
}
