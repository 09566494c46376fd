/** Seconds that are left when a session is renewed. */
export const renewAt = 20 * 60;

/** Seconds below which none is handed out: the AWS SDKs would ask again at every call. */
export const leastLeft = 15 * 60;

/** Seconds below which none signs a request of ours. */
const leastToSign = 60;

/** Seconds that a clock may be set back before what was issued is not believed any more. */
const leastBack = 60;

/** When credentials were given out, and when they end, by this machine's clock. */
export interface Lifetime {
  readonly issued: Temporal.Instant;
  readonly expires: Temporal.Instant;
}

/**
 * - `fresh`: good for all that was asked
 * - `due`: still good enough, where it cannot be renewed now
 * - `spent`: not to be used
 */
export type Freshness = "fresh" | "due" | "spent";

/** What a session has to be good for. */
export interface Wish {
  /** Seconds that are to be left; never more than its whole life less 5 minutes. */
  readonly atLeast?: number;
  /** It only signs a request, now. */
  readonly toSign?: boolean;
  /** It was made after this moment. */
  readonly since?: Temporal.Instant;
}

/**
 * Judges a session.
 */
export function freshness(
  { issued, expires }: Lifetime,
  now: Temporal.Instant,
  wish: Wish = {},
): Freshness {
  const left = secondsBetween(now, expires);
  // The clock was set back, so nobody knows how old it is.
  if (secondsBetween(now, issued) > leastBack) return "spent";
  if (wish.since && Temporal.Instant.compare(issued, wish.since) < 0) {
    return left >= leastLeft ? "due" : "spent";
  }
  if (wish.toSign) return left >= leastToSign ? "fresh" : "spent";
  const whole = secondsBetween(issued, expires) - 5 * 60;
  const wanted = Math.max(renewAt, Math.min(wish.atLeast ?? 0, whole));
  if (left > wanted) return "fresh";
  return left >= leastLeft ? "due" : "spent";
}

/**
 * When a session ends by this machine's clock. AWS told it by its own: where the two differ, the
 * earlier one counts, so that it is right whether or not the clock is corrected meanwhile.
 *
 * @param serverTime AWS's clock when the answer came, where it told
 * @param received this machine's at that moment
 */
export function localExpiry(
  expires: Temporal.Instant,
  serverTime: Temporal.Instant | undefined,
  received: Temporal.Instant,
): Temporal.Instant {
  if (serverTime === undefined) return expires;
  const behind = secondsBetween(received, serverTime);
  // The header has whole seconds.
  return behind > 2 ? expires.subtract({ seconds: Math.round(behind) }) : expires;
}

function secondsBetween(from: Temporal.Instant, to: Temporal.Instant): number {
  return (to.epochMilliseconds - from.epochMilliseconds) / 1000;
}
