/**
 * What a credential is. `key`: a long-term access key. `session`: a key with a session token, as it
 * stands in a file. `api-key`: a Bedrock API key. `login`: Claude Code's own.
 */
export type Kind = "key" | "session" | "role" | "api-key" | "ambient" | "login";

/** What is known of one credential; plain data, no secret. What is not known is not there. */
export interface Credential {
  readonly profile: string;
  readonly kind: Kind;
  /** The access key's id. */
  readonly id?: string;
  /** When the key was made, by IAM: never the day when it was taken into a file. */
  readonly created?: Temporal.Instant;
  /** Whether that was asked just now, or remembered: an access key's date never changes. */
  readonly createdFrom?: "iam" | "memory" | "rotation";
  /** When it ends; for a role and a key that is given out as sessions, when the cached one does. */
  readonly expires?: Temporal.Instant;
  /** AWS does not take it, and why: a cause of `diagnose`, or a part that is missing. */
  readonly refused?: string;
  readonly rotation?: RotationView;
  /** What the file says in plaintext, where anybody could have written it: shown, never acted on. */
  readonly said?: Said;
  /** After so many days it is to be replaced, as the file says for this one. */
  readonly rotateAfterDays?: number;
  /** Why the age is not known, a stable word. */
  readonly unseen?: Unseen;
}

/**
 * `closed`: the file does not open here. `offline`: nobody was asked. `denied`: this key may not ask.
 * `unreachable`: no answer in time. `clock`: this machine's clock is too far from AWS's.
 * `no record`: AWS knows no date for what it is. `old`: a rotation waits for it to be unused.
 */
export type Unseen =
  | "closed"
  | "offline"
  | "denied"
  | "unreachable"
  | "clock"
  | "no record"
  | "old";

/** A rotation under way, as far as it is shown. */
export interface RotationView {
  /** The step that is being taken, counted from 1. */
  readonly step: number;
  readonly of: number;
  readonly aborting: boolean;
  /** Whether the key in the file is the new one. */
  readonly promoted: boolean;
  readonly started: Temporal.Instant;
}

/** `lifecycle_unencrypted/PROFILE`. */
export interface Said {
  readonly created?: Temporal.PlainDate;
  readonly rotateBy?: Temporal.PlainDate;
}

/**
 * @param facts texts as they stand in a file
 * @returns nothing where none of them is a date
 */
export function saidOf(
  facts: { readonly created?: string; readonly rotateBy?: string },
): Said | undefined {
  const created = dayOf(facts.created);
  const rotateBy = dayOf(facts.rotateBy);
  if (created === undefined && rotateBy === undefined) return undefined;
  return { ...(created ? { created } : {}), ...(rotateBy ? { rotateBy } : {}) };
}

function dayOf(text: string | undefined): Temporal.PlainDate | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d(?:T|$)/.test(text)) return undefined;
  try {
    return Temporal.PlainDate.from(text.slice(0, 10));
  } catch {
    return undefined;
  }
}

/** @returns nothing for what is no number of days from 1 to 3650 */
export function daysOf(text: string): number | undefined {
  const days = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  return days >= 1 && days <= 3650 ? days : undefined;
}
