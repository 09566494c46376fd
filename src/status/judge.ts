import type { Credential } from "./credential.ts";

/** How a credential is, worst first. */
export const states = [
  "overdue",
  "expired",
  "invalid",
  "rotating",
  "due",
  "unknown",
  "ok",
] as const;
export type State = typeof states[number];

/** A credential with what it comes to. */
export interface Judged extends Credential {
  readonly state: State;
  /** Whole days since it was made. */
  readonly ageDays?: number;
  /** When a key is to be replaced. */
  readonly rotateBy?: Temporal.Instant;
  /** Whole days over that time; negative while they are ahead. */
  readonly overDays?: number;
}

/** After so many days a key is to be replaced, unless something else is said. */
export const usualMaxAge = 90;

/** How many days ahead of its last one a key is due: 14 of 90, and as much of fewer. */
export function remindAhead(maxAgeDays: number): number {
  return Math.min(14, Math.ceil(maxAgeDays * 14 / 90));
}

/**
 * Judges a credential; pure.
 *
 * Expired is what is over by its own date, or what AWS calls so; invalid what AWS does not take. A
 * rotation under way comes before the age, unless the old key is overdue and still the one in use.
 */
export function judge(
  credential: Credential,
  { now, maxAgeDays }: { readonly now: Temporal.Instant; readonly maxAgeDays: number },
): Judged {
  const { created, expires, refused, rotation, kind } = credential;
  const most = credential.rotateAfterDays ?? maxAgeDays;
  const age = created && Math.max(0, hoursBetween(created, now) / 24);
  const aged = age === undefined ? {} : {
    ageDays: Math.floor(age),
    rotateBy: created!.add({ hours: most * 24 }),
    overDays: Math.floor(age) - most,
  };
  const as = (state: State): Judged => ({ ...credential, ...aged, state });

  const endsItself = kind === "session" || kind === "api-key" || kind === "login";
  if (endsItself && expires && Temporal.Instant.compare(expires, now) <= 0) return as("expired");
  if (refused === "token_expired") return as("expired");
  if (refused !== undefined) return as("invalid");
  const overdue = age !== undefined && age >= most;
  if (overdue && !rotation?.promoted) return as("overdue");
  if (rotation) return as("rotating");
  if (overdue) return as("overdue");
  if (age !== undefined) return as(age >= most - remindAhead(most) ? "due" : "ok");
  if (kind === "role" || kind === "ambient") return as("ok");
  return as(endsItself && expires ? "ok" : "unknown");
}

function hoursBetween(from: Temporal.Instant, to: Temporal.Instant): number {
  return (to.epochMilliseconds - from.epochMilliseconds) / 3_600_000;
}

/** Worst first; among equals the one that is over first, then by name. */
export function compareJudged(one: Judged, other: Judged): number {
  return states.indexOf(one.state) - states.indexOf(other.state) ||
    order(one) - order(other) ||
    (one.profile < other.profile ? -1 : one.profile > other.profile ? 1 : 0);
}

/** The time that counts for a credential; what has none comes last. */
function order({ state, rotateBy, expires, rotation, said }: Judged): number {
  if (state === "rotating") return rotation!.started.epochMilliseconds;
  const at = rotateBy ?? expires;
  if (at) return at.epochMilliseconds;
  const day = said?.rotateBy ?? said?.created?.add({ days: usualMaxAge });
  return day?.toZonedDateTime("UTC").epochMilliseconds ?? Number.MAX_SAFE_INTEGER;
}

/** Whether it makes `status` fail. */
export function isBad({ state }: Pick<Judged, "state">): boolean {
  return state === "overdue" || state === "expired" || state === "invalid";
}
