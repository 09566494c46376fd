import { InvalidRuleError } from "./errors.ts";

/** The six ways in which SOPS can be told what to encrypt; a file has exactly one. */
export const selectorRules = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

export type SelectorRule = typeof selectorRules[number];

/** Which leaves of a file are encrypted. */
export interface Selector {
  readonly rule: SelectorRule;
  /** A suffix, or a regular expression in RE2's syntax, unanchored; never empty. */
  readonly text: string;
}

/** What SOPS does when it is told nothing. */
export const defaultSelector: Selector = { rule: "unencrypted_suffix", text: "_unencrypted" };

/** A selector that is ready to be asked. */
export interface Selection {
  readonly selector: Selector;
  /** Whether comments are tested instead of map keys. */
  readonly byComment: boolean;
  /** Whether what matches is encrypted (`encrypted_…`), or left as it is (`unencrypted_…`). */
  readonly encryptsMatches: boolean;
  /** Whether the suffix or expression is in this text, a map key or a comment without its `#`. */
  matches(text: string): boolean;
}

/**
 * Makes a selector ready. The RE2 engine is loaded only where there is an expression.
 *
 * @throws {InvalidRuleError} when the expression is none. SOPS 3.13.2 says nothing then and writes
 *   everything in plaintext under `encrypted_regex`.
 */
export async function compileSelector(selector: Selector): Promise<Selection> {
  const { rule, text } = selector;
  return {
    selector,
    byComment: rule.endsWith("_comment_regex"),
    encryptsMatches: rule.startsWith("encrypted_"),
    matches: rule.endsWith("_suffix")
      ? (candidate) => candidate.endsWith(text)
      : remembering(await compileRegex(text, rule)),
  };
}

/**
 * A regular expression in RE2's syntax, as Go has it: unanchored, no look-around, linear time.
 *
 * @param field names the expression in errors
 * @returns whether the expression is somewhere in a text
 * @throws {InvalidRuleError} when it is no expression
 */
export async function compileRegex(
  text: string,
  field: string,
): Promise<(candidate: string) => boolean> {
  if (text.length > longestRegex) {
    throw new InvalidRuleError(
      field,
      `a regular expression of more than ${longestRegex} characters`,
    );
  }
  const { RE2JS } = await import("re2js");
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidRuleError(
      field,
      `"${cut(text)}" is no regular expression: ${cut(reason)}`,
    );
  }
  return (candidate) => compiled.matcher(candidate).find();
}

/** Every text is compared in a time that grows with the expression. */
const longestRegex = 20_000;

const cut = (text: string) => text.length > 200 ? `${text.slice(0, 200)}...` : text;

function remembering(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let answer = known.get(text);
    if (answer === undefined) known.set(text, answer = test(text));
    return answer;
  };
}

/**
 * Where a walk over the tree stands with a selection. A mapping or list has a level of its own:
 * what matched further out is in `outer`, and comments before the next entry are pending.
 */
export class Level {
  #pending = false;

  /** @param outer whether a key or a comment further out matches */
  constructor(readonly selection: Selection, readonly outer = false) {}

  /** Whether a comment that stands here is encrypted; it counts for what follows it. */
  comment(text: string): boolean {
    const { byComment, encryptsMatches, matches } = this.selection;
    if (!byComment) return this.encrypts;
    const before = this.outer || this.#pending;
    if (!this.#pending) this.#pending = matches(text);
    // A comment that switches encryption on or off stays readable itself.
    return encryptsMatches ? before : !(before || this.#pending);
  }

  /**
   * The level of the next entry's value.
   *
   * @param key its map key; absent for an item of a list
   */
  enter(key?: string): Level {
    const { byComment, matches } = this.selection;
    const hit = this.outer || (byComment ? this.#pending : key !== undefined && matches(key));
    return hit === this.outer && !this.#pending ? this : new Level(this.selection, hit);
  }

  /** A level for the inside of a mapping or list, with no comments pending. */
  inner(): Level {
    return new Level(this.selection, this.outer);
  }

  /** To be called after an entry that is no comment: its comments do not reach the next one. */
  leave(): void {
    this.#pending = false;
  }

  /** Whether a leaf at this level is encrypted. */
  get encrypts(): boolean {
    return this.outer === this.selection.encryptsMatches;
  }
}
