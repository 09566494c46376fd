import { LockTimeoutError } from "../../platform/errors.ts";
import type { Answer, Connection, Credentials } from "../clients.ts";
import { type Cause, diagnose } from "../diagnose.ts";
import type { MfaProof, RoleWish, TemporaryCredentials } from "../sts.ts";
import type { Cache } from "./cache.ts";
import { type Entry, profilesOf } from "./entry.ts";
import { MfaNeededError, SessionBusyError, SessionError } from "./errors.ts";
import { freshness, localExpiry, type Wish } from "./freshness.ts";
import { entryName, mayAskForCode, type Plan, type Step, type Surroundings } from "./plan.ts";

/** The requests that are made; the real ones are in `sts.ts`. */
export interface Requests {
  getSessionToken(
    connection: Connection,
    wish: { readonly duration: number; readonly mfa?: MfaProof },
  ): Promise<Answer<TemporaryCredentials>>;
  assumeRole(connection: Connection, wish: RoleWish): Promise<Answer<TemporaryCredentials>>;
}

/** Everything that sessions depend on. */
export interface World {
  readonly cache: Cache;
  readonly surroundings: Surroundings;
  readonly now: () => Temporal.Instant;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly random: (length: number) => Uint8Array;
  /** Loads them; they are slow to load, and most often not needed. */
  readonly requests: () => Promise<Requests>;
  readonly connection: (credentials: Credentials) => Connection;
  /** What the machine has. */
  readonly ambient: () => Promise<Credentials>;
  /**
   * Asks a person for a device's code.
   *
   * @throws {MfaNeededError}
   */
  readonly code: (step: Step & { kind: "session-token" }, serial: string) => Promise<string>;
  /** A session was made. */
  readonly made?: (entry: Entry, step: Step) => void | Promise<void>;
}

/** Seconds that another process is given to renew the same session. */
export const patience = { usual: 20, withCode: 80, toNote: 2 } as const;

/** Requests in all where AWS fails in a way that passes, and what is waited in between. */
const attempts = 3;
const firstPause = 200;

/** What may be asked once more at once; a code is good for one request. */
const passing: readonly Cause[] = [
  "throttled",
  "service_error",
  "service_unavailable",
  "connection_reset",
  "garbled",
];

/** What AWS says of a session that is not what the cache took it for. */
const notASession: readonly Cause[] = ["token_expired", "token_invalid"];

/** A session that is good for what was asked. */
export interface Renewed {
  readonly entry: Entry;
  /** Why it could not be renewed, though it is time. */
  readonly hindered?: unknown;
}

/**
 * The session that a plan ends with: what is cached and good, else a new one. One process at a time
 * renews a session; the others wait for it and take what it got.
 *
 * @param plan with steps
 * @throws {SessionError} STS gave none
 * @throws {MfaNeededError} a code is needed, and nobody gave it
 * @throws {SessionBusyError} another process is at it and does not end
 */
export async function renewed(
  world: World,
  plan: Plan,
  wish: Wish = {},
): Promise<Renewed> {
  const found = await upTo(world, plan, plan.steps.length, wish);
  await shared(world, plan, found.entry);
  return found;
}

/** Notes that a session is this profile's too, so that it is forgotten with it. */
async function shared({ cache, surroundings }: World, plan: Plan, entry: Entry): Promise<void> {
  if (profilesOf(entry).includes(plan.profile)) return;
  const name = await entryName(plan, plan.steps.length, surroundings);
  try {
    await cache.locked(name, patience.toNote, () => {
      const now = cache.read(name);
      if (now) cache.write(name, alsoOf(now, [plan.profile]));
      return Promise.resolve();
    });
  } catch (error) {
    // Somebody makes a new one meanwhile; the session itself is what was asked for.
    if (!(error instanceof LockTimeoutError)) throw error;
  }
}

function alsoOf(entry: Entry, profiles: readonly string[]): Entry {
  const others = new Set([...profilesOf(entry), ...profiles]);
  others.delete(entry.profile);
  return others.size ? { ...entry, others: [...others] } : entry;
}

async function upTo(
  world: World,
  plan: Plan,
  count: number,
  wish: Wish,
): Promise<Renewed> {
  const { cache } = world;
  const name = await entryName(plan, count, world.surroundings);
  const good = () => {
    const entry = cache.read(name);
    return entry && freshness(entry, world.now(), wish) === "fresh" ? entry : undefined;
  };
  const entry = good();
  if (entry) return { entry };
  const seconds = mayAskForCode(plan) ? patience.withCode : patience.usual;
  try {
    return {
      entry: await cache.locked(name, seconds, async () => {
        const meanwhile = good();
        if (meanwhile) return meanwhile;
        const made = await make(world, plan, count, wish);
        const before = cache.read(name);
        cache.write(name, before ? alsoOf(made, profilesOf(before)) : made);
        await world.made?.(made, plan.steps[count - 1]!);
        return made;
      }),
    };
  } catch (error) {
    const hindered = error instanceof LockTimeoutError
      ? new SessionBusyError(plan.profile, seconds)
      : error;
    const due = cache.read(name);
    if (due && !wish.since && passes(hindered) && freshness(due, world.now()) !== "spent") {
      return { entry: due, hindered };
    }
    throw hindered;
  }
}

/** Whether trying again later may help, so that what there is may serve until then. */
function passes(error: unknown): boolean {
  if (error instanceof SessionError) return error.diagnosis.outcome === "temporary";
  return error instanceof MfaNeededError || error instanceof SessionBusyError;
}

async function make(world: World, plan: Plan, count: number, { since }: Wish): Promise<Entry> {
  const step = plan.steps[count - 1]!;
  const signer = await signerOf(world, plan, count - 1, since ? { since } : {});
  try {
    return await request(world, step, signer);
  } catch (error) {
    const stale = count > 1 && error instanceof SessionError &&
      notASession.includes(error.diagnosis.cause);
    if (!stale) throw error;
    // The session before this one was ended at AWS; a new one may serve.
    const name = await entryName(plan, count - 1, world.surroundings);
    const another = await world.cache.locked(name, patience.usual, async () => {
      const now = world.cache.read(name);
      if (now && now.credentials.accessKeyId !== signer.accessKeyId) return now;
      const made = await make(world, plan, count - 1, {});
      world.cache.write(name, made);
      return made;
    });
    return await request(world, step, another.credentials);
  }
}

async function signerOf(
  world: World,
  plan: Plan,
  count: number,
  wish: Pick<Wish, "since">,
): Promise<Credentials> {
  if (count > 0) {
    return (await upTo(world, plan, count, { ...wish, toSign: true })).entry.credentials;
  }
  return plan.base.kind === "key" ? plan.base.credentials : await world.ambient();
}

async function request(world: World, step: Step, signer: Credentials): Promise<Entry> {
  const requests = await world.requests();
  const mfa = step.kind === "session-token" && step.mfaSerial !== undefined
    ? { serial: step.mfaSerial, code: await world.code(step, step.mfaSerial) }
    : undefined;
  const connection = world.connection(signer);
  for (let attempt = 1;; attempt++) {
    const answer = step.kind === "session-token"
      ? await requests.getSessionToken(connection, {
        duration: step.duration,
        ...(mfa ? { mfa } : {}),
      })
      : await requests.assumeRole(connection, { ...step.role, sessionName: step.sessionName });
    if (answer.ok) {
      const { credentials, expires } = answer.value;
      const { received, serverTime } = answer.seen;
      return {
        credentials,
        issued: received,
        expires: localExpiry(expires, serverTime, received),
        how: step.kind === "role" ? "role" : "session",
        profile: step.profile,
      };
    }
    const diagnosis = diagnose(answer.failure);
    if (mfa || attempt === attempts || !passing.includes(diagnosis.cause)) {
      const subject = step.kind === "role" ? step.role.roleArn : step.mfaSerial;
      throw new SessionError(step.profile, step.kind, diagnosis, subject);
    }
    await world.sleep(firstPause * 2 ** attempt * (0.5 + world.random(1)[0]! / 512));
  }
}
