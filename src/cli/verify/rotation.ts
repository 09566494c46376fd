/** When an AWS key was made and when it is to go, as a secrets file says in plaintext. */
export interface Lifecycle {
  readonly created?: string;
  readonly rotateBy?: string;
}

/** From which age on, in days, a key is called due, and overdue. */
export interface RotationLimits {
  readonly remindAfterDays: number;
  readonly maxAgeDays: number;
}

/** What is to be said about the age of a key. */
export interface Rotation {
  readonly state: "fine" | "due" | "overdue";
  /** The day by which it is to be replaced. */
  readonly by: string;
  /** `rotate by 2026-11-30`, `rotation due by 2026-11-30`, `rotation overdue since 2026-11-30`. */
  readonly text: string;
}

/**
 * Judges the age of a key; pure. What the file says is shown, and never acted on.
 *
 * @returns nothing where the file says nothing that is a date
 */
export function rotationOf(
  { created, rotateBy }: Lifecycle,
  { remindAfterDays, maxAgeDays }: RotationLimits,
  today: Temporal.PlainDate,
): Rotation | undefined {
  const made = dateOf(created);
  const last = dateOf(rotateBy) ?? made?.add({ days: maxAgeDays });
  if (!last) return undefined;
  const ahead = Math.max(0, maxAgeDays - remindAfterDays);
  const remind = rotateBy === undefined && made
    ? made.add({ days: remindAfterDays })
    : last.subtract({ days: ahead });
  const isFrom = (day: Temporal.PlainDate) => Temporal.PlainDate.compare(today, day) >= 0;
  const by = last.toString();
  if (isFrom(last)) return { state: "overdue", by, text: `rotation overdue since ${by}` };
  if (isFrom(remind)) return { state: "due", by, text: `rotation due by ${by}` };
  return { state: "fine", by, text: `rotate by ${by}` };
}

/** The day of a date, or of a date with a time. */
function dateOf(text: string | undefined): Temporal.PlainDate | undefined {
  if (text === undefined) return undefined;
  try {
    return Temporal.PlainDate.from(text.slice(0, 10));
  } catch {
    return undefined;
  }
}
