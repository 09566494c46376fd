/** Whether a time is still to come. */
export function isAhead(time: Temporal.Instant, at: Temporal.Instant): boolean {
  return Temporal.Instant.compare(time, at) > 0;
}

/** `42 min`, `3 h`, `26 d`: what is left until a time, in its largest unit. */
export function leftText(until: Temporal.Instant, at: Temporal.Instant): string {
  const [one, other] = [until.epochMilliseconds, at.epochMilliseconds];
  const minutes = Math.floor(Math.abs(one - other) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}
