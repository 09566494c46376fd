import assert from "node:assert/strict";

/**
 * Looks again and again until something is so. For what other processes do, where nothing tells of
 * it; 20 s at most, which only a failure takes.
 *
 * @param what is told where it never is
 * @returns what the look gave that was neither false nor nothing
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  for (let waited = 0;; waited += 20) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) {
      return found as Exclude<T, false | null | undefined>;
    }
    assert.ok(waited < 20_000, `never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
