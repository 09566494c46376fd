/** `$.profiles` and `default` → `$.profiles.default`; other keys → `$.profiles["1X"]`. */
export function jsonPath(parent: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key)
    ? `${parent}.${key}`
    : `${parent}[${JSON.stringify(key)}]`;
}

/**
 * Finds a key that one object has twice, which `JSON.parse` passes over in silence.
 *
 * @param text a document that `JSON.parse` accepts
 * @returns the JSON path of the second one
 */
export function duplicateKey(text: string): string | undefined {
  interface Level {
    readonly path: string;
    /** Absent in a list. */
    readonly keys?: Set<string>;
    index: number;
    child: string;
  }
  const levels: Level[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      const path = level ? level.keys ? level.child : `${level.path}[${level.index}]` : "$";
      levels.push({ path, ...(token === "{" ? { keys: new Set() } : {}), index: 0, child: "" });
    } else if (token === "}" || token === "]") {
      levels.pop();
    } else if (token === ",") {
      if (level) level.index++;
    } else if (token.endsWith(":") && level?.keys) {
      const key = JSON.parse(token.slice(0, -1));
      level.child = jsonPath(level.path, key);
      if (level.keys.has(key)) return level.child;
      level.keys.add(key);
    }
  }
  return undefined;
}
