/** A line of a `.gitignore`. */
export interface IgnoreRule {
  readonly negated: boolean;
  /** Whether it is for folders only. */
  readonly foldersOnly: boolean;
  /** Matched against the path from the folder of the `.gitignore`. */
  readonly matches: RegExp;
}

/**
 * Reads a `.gitignore`.
 *
 * @see gitignore(5)
 */
export function parseIgnore(text: string): IgnoreRule[] {
  return text.split(/\r?\n/).flatMap((line): IgnoreRule[] => {
    let pattern = line.replace(/(?<!\\) +$/, "");
    if (pattern === "" || pattern.startsWith("#")) return [];
    const negated = pattern.startsWith("!");
    pattern = pattern.replace(/^!/, "").replace(/^\\(?=[!#])/, "");
    const foldersOnly = pattern.endsWith("/");
    pattern = pattern.replace(/\/$/, "");
    if (pattern === "") return [];
    // Without a slash it is for names at any depth.
    const anchored = pattern.includes("/");
    const body = patternSource(pattern.replace(/^\//, ""), { braces: false });
    return [{
      negated,
      foldersOnly,
      matches: new RegExp(`^${anchored ? "" : "(?:.*/)?"}${body}$`),
    }];
  });
}

/**
 * Whether a path is ignored: the last rule that matches counts, the nearest folder's last.
 *
 * @param levels rules with the folder that they stand in, outermost first
 * @param path absolute
 */
export function isIgnored(
  levels: readonly { readonly folder: string; readonly rules: readonly IgnoreRule[] }[],
  path: string,
  isFolder: boolean,
): boolean {
  for (const { folder, rules } of levels.toReversed()) {
    const relative = path.slice(folder === "/" ? 1 : folder.length + 1);
    for (const rule of rules.toReversed()) {
      if (rule.foldersOnly && !isFolder) continue;
      if (rule.matches.test(relative)) return !rule.negated;
    }
  }
  return false;
}

/** Whether an argument is a glob rather than a name. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/**
 * A glob as an expression for whole absolute paths, with the folder from which on it has to be
 * looked for.
 *
 * @param glob absolute: `/repo/hosts/**\/*.yaml`; `*`, `?`, `[…]`, `{a,b}` and `**`
 */
export function globOf(glob: string): { readonly folder: string; readonly matches: RegExp } {
  const parts = glob.split("/");
  const first = parts.findIndex(isGlob);
  return {
    folder: parts.slice(0, first).join("/") || "/",
    matches: new RegExp(`^${patternSource(glob, { braces: true })}$`),
  };
}

function patternSource(pattern: string, { braces }: { readonly braces: boolean }): string {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    const rest = pattern.slice(at);
    if (rest.startsWith("**/") && (at === 0 || pattern[at - 1] === "/")) {
      source += "(?:[^/]+/)*";
      at += 2;
    } else if (rest === "**" && (at === 0 || pattern[at - 1] === "/")) {
      source += ".+";
      at += 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[" && /^\[[!^]?\]?[^\]/]*\]/.test(rest)) {
      const [set] = /^\[[!^]?\]?[^\]/]*\]/.exec(rest)!;
      source += `[${set.slice(1, -1).replace(/^[!^]/, "^").replace(/[\\[\]]/g, "\\$&")}]`;
      at += set.length - 1;
    } else if (braces && char === "{" && rest.includes("}")) {
      source += "(?:";
      depth++;
    } else if (braces && char === "}" && depth > 0) {
      source += ")";
      depth--;
    } else if (char === "," && depth > 0) source += "|";
    else {
      const literal = char === "\\" && at + 1 < pattern.length ? pattern[++at]! : char;
      source += literal.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
    }
  }
  return source + ")".repeat(depth);
}
