/**
 * How long to wait before asking again: a second after the first failure, twice as long after each
 * further one, with jitter, so that machines which share a limit do not march in step.
 *
 * @param failures one after another, at least 1
 * @param chance from 0 to 1
 * @param longest milliseconds
 * @returns whole milliseconds
 */
export function pauseAfter(failures: number, chance: number, longest = 32_000): number {
  return Math.round(Math.min(longest, 1000 * 2 ** (failures - 1)) * (0.5 + chance / 2));
}
