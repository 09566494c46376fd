/**
 * The word that is spelled most like the one that was given.
 *
 * @param most how many letters may be added, removed or changed on the way
 * @returns the first of the nearest; nothing where none is that near
 */
export function nearestWord(
  word: string,
  words: readonly string[],
  most: number,
): string | undefined {
  const scored = words.map((each) => [distance(word, each), each] as const);
  const [best] = scored.sort(([a], [b]) => a - b);
  return best && best[0] <= most ? best[1] : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change);
    }
    row = next;
  }
  return row[b.length]!;
}
