/** @returns the time now, by this machine's clock */
export function now(): Temporal.Instant {
  return Temporal.Now.instant();
}
