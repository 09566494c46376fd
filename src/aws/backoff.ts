/**
 * How long to wait before asking again: twice as long after each failure, with jitter, so that
 * machines which share a limit do not march in step.
 *
 * @param failures how many there were, from 1
 * @param chance from 0 to 1
 * @param first milliseconds after the first failure, without jitter; at most 32 times that is waited
 * @returns whole milliseconds
 */
export function pauseAfter(failures: number, chance: number, first = 1000): number {
  return Math.round(first * 2 ** Math.min(failures - 1, 5) * (0.5 + chance / 2));
}
