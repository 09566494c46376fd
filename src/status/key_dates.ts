/**
 * When access keys were made, as IAM said earlier. That never changes, so it need not be asked
 * again; there is no secret in it, and whatever is wrong with it is forgotten.
 */
export type KeyDates = ReadonlyMap<string, Temporal.Instant>;

/** So many are remembered; the oldest go first. */
const most = 500;

/** @param text `{"version":1,"created":{"AKIA…":"2026-08-24T10:00:00Z"}}`; anything else is nothing */
export function parseKeyDates(text: string): Map<string, Temporal.Instant> {
  const found = new Map<string, Temporal.Instant>();
  try {
    const { version, created } = JSON.parse(text);
    if (version !== 1) return found;
    for (const [id, at] of Object.entries(created)) {
      if (!/^A[A-Z0-9]{15,127}(?: \S+)?$/.test(id) || typeof at !== "string") continue;
      found.set(id, Temporal.Instant.from(at));
    }
    return found;
  } catch {
    return found;
  }
}

/** The same as a text. */
export function keyDatesText(dates: KeyDates): string {
  const kept = [...dates].slice(-most).map(([id, at]) =>
    [id, at.toString({ smallestUnit: "second" })] as const
  );
  return `${JSON.stringify({ version: 1, created: Object.fromEntries(kept) })}\n`;
}
