/** @returns the time now, by this machine's clock */
export function now(): Temporal.Instant {
  return Temporal.Now.instant();
}

/** Waits. */
export function sleep(milliseconds: number): Promise<void> {
  // A timer takes no more than 2^31 - 1 ms at once, which is 24 days.
  const most = 2 ** 31 - 1;
  const part = Math.min(milliseconds, most);
  return new Promise<void>((resolve) => setTimeout(resolve, part))
    .then(() => milliseconds > most ? sleep(milliseconds - most) : undefined);
}

/** @returns a time as the clocks here show it: `2026-11-22 21:14` */
export function clockText(at: Temporal.Instant): string {
  return at.toZonedDateTimeISO(Temporal.Now.timeZoneId()).toPlainDateTime()
    .toString({ smallestUnit: "minute" }).replace("T", " ");
}
