/** What a path is made of, as far as a pattern of git can say it. */
type Token =
  /** A character. */
  | string
  /** One character that is no slash. */
  | { readonly any: "one" }
  /** Any number of characters that are no slash. */
  | { readonly any: "step" }
  /** Anything, slashes included. */
  | { readonly any: "deep" };

const one: Token = { any: "one" };
const step: Token = { any: "step" };
const deep: Token = { any: "deep" };

/** More alternatives than this are no list that a person would want to read. */
const most = 12;

/**
 * Patterns for `.gitattributes` that cover what a `path_regex` does. They may cover more: what is
 * not encrypted is compared and merged as ever.
 *
 * @param folder of the `.sops.yaml`, relative to the root of the work tree; "" for that itself
 * @returns nothing where the expression cannot be said as patterns, or means every file
 */
export function patternsFor(regex: string, folder = ""): string[] | undefined {
  const parser = new Parser(regex);
  const alternatives = parser.parse();
  if (alternatives === undefined || alternatives.length > most) return undefined;
  const patterns = new Set<string>();
  for (const { tokens, start, end } of alternatives) {
    const globs = globsOf(
      [...(start ? [] : [deep]), ...tokens, ...(end ? [] : [deep])],
    );
    if (globs === undefined) return undefined;
    for (const glob of globs) patterns.add(below(folder, glob));
    if (patterns.size > most) return undefined;
  }
  return [...patterns];
}

interface Alternative {
  readonly tokens: readonly Token[];
  /** Whether it is bound to the beginning, and to the end, of the path. */
  readonly start: boolean;
  readonly end: boolean;
}

const nothing: Alternative = { tokens: [], start: false, end: false };

/** Reads the part of RE2's syntax that paths are described with. */
class Parser {
  #at = 0;

  constructor(readonly text: string) {}

  parse(): readonly Alternative[] | undefined {
    const found = this.#alternatives();
    return this.#at === this.text.length ? found : undefined;
  }

  #alternatives(): Alternative[] | undefined {
    const all: Alternative[] = [];
    for (;;) {
      const branch = this.#branch();
      if (branch === undefined) return undefined;
      all.push(...branch);
      if (all.length > most) return undefined;
      if (this.text[this.#at] !== "|") return all;
      this.#at++;
    }
  }

  #branch(): Alternative[] | undefined {
    let sequences: Alternative[] = [nothing];
    while (this.#at < this.text.length && !"|)".includes(this.text[this.#at]!)) {
      const piece = this.#piece();
      if (piece === undefined) return undefined;
      sequences = sequences.flatMap((before) => piece.map((next) => chained(before, next)));
      if (sequences.length > most) return undefined;
    }
    return sequences;
  }

  #piece(): Alternative[] | undefined {
    const atom = this.#atom();
    if (atom === undefined) return undefined;
    const quantifier = /^[?*+]\??/.exec(this.text.slice(this.#at))?.[0];
    if (quantifier === undefined) return this.text[this.#at] === "{" ? undefined : atom;
    this.#at += quantifier.length;
    if (quantifier.startsWith("?")) return [nothing, ...atom];
    const [first] = atom;
    const [token] = first?.tokens ?? [];
    const single = atom.length === 1 && first!.tokens.length === 1 && token !== undefined;
    if (!single || typeof token === "string") return undefined;
    return [{ ...nothing, tokens: [token.any === "one" ? step : token] }];
  }

  #atom(): Alternative[] | undefined {
    const char = this.text[this.#at++]!;
    const of = (token: Token): Alternative[] => [{ ...nothing, tokens: [token] }];
    switch (char) {
      case "^":
        return [{ ...nothing, start: true }];
      case "$":
        return [{ ...nothing, end: true }];
      case ".":
        return of(/^[*+]/.test(this.text.slice(this.#at)) ? deep : one);
      case "\\": {
        const escaped = this.text[this.#at++];
        if (escaped === undefined) return undefined;
        if (/[dwDW]/.test(escaped)) return of(one);
        return /[A-Za-z0-9]/.test(escaped) ? undefined : of(escaped);
      }
      case "[": {
        const body = /^\^?\]?[^\]]*\]/.exec(this.text.slice(this.#at))?.[0];
        if (body === undefined || body.includes("[:")) return undefined;
        this.#at += body.length;
        const literal = /^\\?([^\\^])\]$/.exec(body);
        return of(literal ? literal[1]! : one);
      }
      case "(": {
        const rest = this.text.slice(this.#at);
        if (rest.startsWith("?:")) this.#at += 2;
        else if (rest.startsWith("?")) return undefined;
        const inner = this.#alternatives();
        if (inner === undefined || this.text[this.#at] !== ")") return undefined;
        this.#at++;
        return inner;
      }
      default:
        return "*+?{}".includes(char) ? undefined : of(char);
    }
  }
}

function chained(before: Alternative, next: Alternative): Alternative {
  return {
    tokens: [...before.tokens, ...next.tokens],
    start: before.start || (next.start && before.tokens.length === 0),
    end: next.end || (before.end && next.tokens.length === 0),
  };
}

/** Git's patterns have "anything" only between slashes, so one place can need two of them. */
function globsOf(given: readonly Token[]): string[] | undefined {
  const tokens = given.filter((token, index) => token !== deep || given[index - 1] !== deep);
  const slashes = tokens.includes("/");
  if (tokens.every((token) => token === deep)) return undefined;
  let globs = [""];
  const add = (text: string) => globs = globs.map((each) => each + text);
  for (const [index, token] of tokens.entries()) {
    const [before, next] = [tokens[index - 1], tokens[index + 1]];
    if (token !== deep) {
      add(typeof token === "string" ? escaped(token) : token === one ? "?" : "*");
    } else if (before === undefined) {
      // Without a slash a pattern counts in every folder; with one, a name begins after a slash.
      add(slashes ? next === "/" ? "**" : "**/" : "*");
    } else if (before === "/") {
      add(next === undefined || next === "/" ? "**" : "**/*");
    } else if (next === undefined) {
      globs = globs.flatMap((each) => [`${each}*`, `${each}*/**`]);
    } else {
      globs = globs.flatMap((each) => [`${each}*`, next === "/" ? `${each}*/**` : `${each}*/**/*`]);
    }
  }
  const anchored = tokens[0] !== deep;
  return globs.map((each) => anchored ? `/${each.replace(/^\//, "")}` : each);
}

function escaped(char: string): string {
  return /[*?[\]\\]/.test(char) ? `\\${char}` : char;
}

function below(folder: string, glob: string): string {
  if (folder === "") return glob;
  const prefix = `/${[...folder].map(escaped).join("")}`;
  if (glob.startsWith("/")) return prefix + glob;
  return glob.includes("/") ? `${prefix}/${glob}` : `${prefix}/**/${glob}`;
}

/** Whether a pattern covers a path, as git has it, for the patterns that are made here. */
export function covers(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const source = pattern.replace(/^\//, "").replace(
    /\\(.)|\*\*\/|\*\*|\*|\?|[.+^${}()|\]]/g,
    (text, char) => {
      if (char !== undefined) return char.replace(/[*?[\]\\.+^${}()|]/, "\\$&");
      if (text === "**/") return "(?:.*/)?";
      if (text === "**") return ".*";
      if (text === "*") return "[^/]*";
      return text === "?" ? "[^/]" : `\\${text}`;
    },
  );
  return new RegExp(`^${anchored ? "" : "(?:.*/)?"}${source}$`, "s").test(path);
}

/** A pattern for files like this one: of the same ending, or where it has none, the file itself. */
export function patternLike(path: string): string {
  const ending = /[^/](\.[\w-]+)$/.exec(path)?.[1];
  return ending ? `*${ending}` : `/${[...path].map(escaped).join("")}`;
}

const attributes = "diff=credsmith merge=credsmith";

/** A line of `.gitattributes`; git takes a pattern with blanks in quotes. */
export function attributesLine(pattern: string): string {
  const plain = /^[^\s"#!][^\s"]*$/.test(pattern);
  const text = plain ? pattern : `"${pattern.replaceAll(/["\\]/g, "\\$&")}"`;
  return `${text} ${attributes}`;
}

/** Whether a line of `.gitattributes` is one of ours, whatever its pattern. */
export function isOurs(line: string): boolean {
  return new RegExp(`\\s${attributes}\\s*$`).test(line);
}
