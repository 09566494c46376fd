import { pauseAfter } from "../aws/backoff.ts";
import type { Answer } from "../aws/clients.ts";
import {
  eventsPerPage,
  lookupsPerSecond,
  type TrailPage,
  type TrailQuestion,
} from "../aws/cloudtrail.ts";
import { diagnose, type Diagnosis } from "../aws/diagnose.ts";
import { Bucket, type Time } from "./bucket.ts";
import { readEvent, type Use } from "./event.ts";

/** A key whose uses are wanted. */
export interface Wanted {
  readonly key: string;
  /** The profile whose rights CloudTrail is asked with; accounts differ. */
  readonly signer: string;
}

/** A session, by its own key, that was made with one of the keys or with another session. */
export interface Session {
  readonly key: string;
  /** The key that it was made with, itself a session's or not. */
  readonly madeWith: string;
  /** `role/ci`, `GetSessionToken` */
  readonly what: string;
}

/** Something that is not in what was found. */
export type Gap =
  /** Nothing was learnt of the keys of this signer in the region. */
  | {
    readonly kind: "failed";
    readonly signer: string;
    readonly region: string;
    readonly diagnosis: Diagnosis;
  }
  /** There were more events than were asked for; the older ones were left out. */
  | { readonly kind: "cut"; readonly key: string; readonly region: string }
  /** There were more sessions than were followed. */
  | { readonly kind: "sessions"; readonly left: number }
  /** Records that are none. */
  | { readonly kind: "unreadable"; readonly count: number };

export interface Found {
  /** The oldest first; each once. */
  readonly uses: readonly Use[];
  readonly sessions: readonly Session[];
  readonly gaps: readonly Gap[];
}

/** What looking up depends on. */
export interface World extends Time {
  lookup(signer: string, region: string, question: TrailQuestion): Promise<Answer<TrailPage>>;
  /** From 0 to 1. */
  chance(): number;
  /** How far it is, for whoever shows it. */
  tell(progress: { readonly region: string; readonly key: string; readonly events: number }): void;
}

export interface Question {
  readonly keys: readonly Wanted[];
  readonly regions: readonly string[];
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  /** How many events of a key in a region at most, the newest. */
  readonly most: number;
  /** How many sessions are followed at most. */
  readonly sessions: number;
}

/** A little less than is allowed: requests do not arrive as evenly as they are sent. */
const pace = lookupsPerSecond * 0.9;
/** How often a request is made that was throttled, and one that failed for the moment otherwise. */
const attempts = { throttled: 7, other: 3 } as const;
/** Sessions that sessions made, and so on: no further. */
const deepest = 5;

/**
 * Everything that was done with some keys, and with the sessions that were made with them. Regions
 * are asked side by side, each at the pace that CloudTrail allows.
 */
export async function lookUp(world: World, question: Question): Promise<Found> {
  const state = new State();
  const buckets = new Map(
    question.regions.map((region) => [region, new Bucket(world, pace)]),
  );
  let wanted = question.keys;
  for (let depth = 0; wanted.length && depth < deepest; depth++) {
    await Promise.all(question.regions.map(async (region) => {
      for (const each of wanted) {
        if (!state.isClosed(each.signer, region)) {
          await ofKey(world, question, state, each, region, buckets.get(region)!);
        }
      }
    }));
    wanted = state.newSessions(wanted, question.sessions);
  }
  return state.found();
}

/** All pages of one key in one region. */
async function ofKey(
  world: World,
  question: Question,
  state: State,
  { key, signer }: Wanted,
  region: string,
  bucket: Bucket,
): Promise<void> {
  const { from, to, most } = question;
  let next: string | undefined;
  let events = 0;
  // A page may be empty and still not be the last.
  const mostPages = Math.ceil(most / eventsPerPage) * 2 + 20;
  for (let page = 0; page < mostPages; page++) {
    world.tell({ region, key, events });
    const asked = { accessKeyId: key, from, to, ...(next ? { next } : {}) };
    const answer = await throughBucket(world, bucket, () => world.lookup(signer, region, asked));
    if (!answer.ok) return state.fail(signer, region, diagnose(answer.failure));
    for (const event of answer.value.events) {
      state.add(readEvent(event, key));
      events++;
    }
    next = answer.value.next;
    if (next === undefined) return;
    if (events >= most) break;
  }
  state.cut(key, region);
}

/** A throttled request holds up all of its region, since they share one limit. */
async function throughBucket<T>(
  world: World,
  bucket: Bucket,
  request: () => Promise<Answer<T>>,
): Promise<Answer<T>> {
  for (let attempt = 1;; attempt++) {
    await bucket.take();
    const answer = await request();
    if (answer.ok) return answer;
    const { outcome, cause } = diagnose(answer.failure);
    if (attempt >= attempts[cause === "throttled" ? "throttled" : "other"]) return answer;
    if (outcome !== "temporary" || cause === "cancelled") return answer;
    bucket.hold(pauseAfter(attempt, world.chance()));
  }
}

class State {
  readonly #uses = new Map<string, Use>();
  readonly #sessions = new Map<string, Session>();
  /** When each session was made. */
  readonly #made = new Map<string, number>();
  readonly #followed = new Set<string>();
  readonly #gaps: Gap[] = [];
  readonly #closed = new Set<string>();
  #unreadable = 0;
  #left = 0;

  add(use: Use | undefined): void {
    if (use === undefined) {
      this.#unreadable++;
      return;
    }
    const { id, at, key, action, session } = use;
    this.#uses.set(id || `${at} ${key} ${action}`, use);
    if (session) {
      const made = at.epochMilliseconds;
      this.#made.set(session.key, Math.max(made, this.#made.get(session.key) ?? made));
    }
    if (session && !this.#sessions.has(session.key)) {
      this.#sessions.set(session.key, { key: session.key, madeWith: key, what: session.what });
    }
  }

  /** What a signer may not ask once, it may not ask again. */
  isClosed(signer: string, region: string): boolean {
    return this.#closed.has(`${signer} ${region}`);
  }

  fail(signer: string, region: string, diagnosis: Diagnosis): void {
    this.#closed.add(`${signer} ${region}`);
    this.#gaps.push({ kind: "failed", signer, region, diagnosis });
  }

  cut(key: string, region: string): void {
    this.#gaps.push({ kind: "cut", key, region });
  }

  /** Sessions that nobody has followed yet, the newest first, as long as there are not too many. */
  newSessions(asked: readonly Wanted[], most: number): Wanted[] {
    for (const { key } of asked) this.#followed.add(key);
    const signers = new Map(asked.map(({ key, signer }) => [key, signer]));
    const fresh = [...this.#sessions.values()].filter(({ key, madeWith }) =>
      !this.#followed.has(key) && signers.has(madeWith)
    );
    fresh.sort((one, other) => this.#made.get(other.key)! - this.#made.get(one.key)!);
    const room = Math.max(0, most - this.#followedSessions());
    this.#left += Math.max(0, fresh.length - room);
    return fresh.slice(0, room).map(({ key, madeWith }) => ({
      key,
      signer: signers.get(madeWith)!,
    }));
  }

  #followedSessions(): number {
    return [...this.#followed].filter((key) => this.#sessions.has(key)).length;
  }

  found(): Found {
    const gaps = [...this.#gaps];
    if (this.#left) gaps.push({ kind: "sessions", left: this.#left });
    if (this.#unreadable) gaps.push({ kind: "unreadable", count: this.#unreadable });
    const uses = [...this.#uses.values()]
      .sort((one, other) => Temporal.Instant.compare(one.at, other.at));
    return { uses, sessions: [...this.#sessions.values()], gaps };
  }
}
