import { isDenied, type Use } from "./event.ts";
import type { Session } from "./look_up.ts";

/** How a key stands in the secrets file. */
export type KeyState =
  /** A profile has it. */
  | "current"
  /** A rotation made it, and no profile has it yet. */
  | "coming"
  /** A rotation put another one in its place, and hosts may still have it. */
  | "leaving"
  /** A rotation put another one in its place, and every host ought to have that. */
  | "replaced"
  /** A rotation deactivated it. */
  | "inactive"
  /** It was in the file once, as this machine's log of actions tells. */
  | "gone"
  /** The user named it. */
  | "named";

/** A key that was asked for. */
export interface KnownKey {
  readonly id: string;
  /** Whose it is; keys that took one another's place have the same. */
  readonly profile: string;
  readonly state: KeyState;
  /** Since when. */
  readonly since?: Temporal.Instant;
}

/** What is unlike the rest. */
export type Mark =
  /** The key, or the one that the session was made with, should not be in use any more. */
  | { readonly kind: "retired key"; readonly state: KeyState; readonly count: number }
  | { readonly kind: "denied"; readonly count: number; readonly actions: readonly string[] }
  /** First seen lately, while the profile's keys were in use before that. */
  | {
    readonly kind: "new address" | "new region" | "new agent" | "new service";
    readonly values: readonly string[];
    readonly since: Temporal.Instant;
  };

/** What one key did for one caller, from one address, in one region. */
export interface Row {
  readonly key: string;
  readonly profile: string;
  /** What the session is for, where the key is a session's; and the key that it comes from. */
  readonly session?: { readonly what: string; readonly of: string };
  readonly who: string;
  readonly address: string;
  readonly region: string;
  /** `bedrock:ConverseStream`, the most frequent first. */
  readonly actions: readonly { readonly name: string; readonly count: number }[];
  /** Programs, without their versions. */
  readonly agents: readonly string[];
  readonly models: readonly string[];
  readonly count: number;
  readonly first: Temporal.Instant;
  readonly last: Temporal.Instant;
  readonly marks: readonly Mark[];
}

export interface Judgement {
  /** Those with marks first, the gravest first; then the latest. */
  readonly rows: readonly Row[];
  /** Profiles whose keys were not in use long enough for anything to be new. */
  readonly withoutHistory: readonly string[];
  /** Keys that nothing was found of. */
  readonly unused: readonly KnownKey[];
}

/** States in which a key ought to rest. */
const resting: readonly KeyState[] = ["replaced", "inactive", "gone"];

/**
 * Groups what was done, and marks what is unlike the rest. No request, no clock.
 *
 * @param about.recently what is seen first after this, is new
 */
export function judge(
  uses: readonly Use[],
  about: {
    readonly keys: readonly KnownKey[];
    readonly sessions: readonly Session[];
    readonly recently: Temporal.Instant;
  },
): Judgement {
  const origins = originsOf(about.keys, about.sessions);
  const histories = new Map<string, History>();
  const groups = new Map<string, { readonly origin: Origin; readonly uses: Use[] }>();
  for (const use of uses) {
    const origin = origins.get(use.key);
    // A key that nobody asked for; CloudTrail answers for one key, but it is data from outside.
    if (origin === undefined) continue;
    const history = histories.get(origin.known.profile) ?? new History();
    histories.set(origin.known.profile, history);
    history.add(use);
    const name = JSON.stringify([use.key, use.who, addressGroup(use.address), use.region]);
    const group = groups.get(name) ?? { origin, uses: [] };
    groups.set(name, group);
    group.uses.push(use);
  }
  const rows = [...groups.values()].map(({ origin, uses }) =>
    rowOf(uses, origin, histories.get(origin.known.profile)!, about.recently)
  );
  const seen = new Set(uses.map(({ key }) => key));
  return {
    rows: rows.sort((one, other) =>
      gravity(other) - gravity(one) || Temporal.Instant.compare(other.last, one.last)
    ),
    withoutHistory: [...histories].filter(([, history]) => !history.reaches(about.recently))
      .map(([profile]) => profile),
    unused: about.keys.filter(({ id }) => !seen.has(id)),
  };
}

/** Where a key comes from in the end. */
interface Origin {
  readonly known: KnownKey;
  readonly session?: Session;
}

function originsOf(
  keys: readonly KnownKey[],
  sessions: readonly Session[],
): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>(keys.map((known) => [known.id, { known }]));
  const byKey = new Map(sessions.map((session) => [session.key, session]));
  const find = (key: string, way: readonly string[]): KnownKey | undefined => {
    const found = origins.get(key);
    if (found) return found.known;
    const session = byKey.get(key);
    return session && !way.includes(key) ? find(session.madeWith, [...way, key]) : undefined;
  };
  for (const session of sessions) {
    const known = find(session.key, []);
    if (known && !origins.has(session.key)) origins.set(session.key, { known, session });
  }
  return origins;
}

const aspects = {
  "new address": ({ address }: Use) => isOfAws(address) ? undefined : addressGroup(address),
  "new region": ({ region }: Use) => region,
  "new agent": ({ agent }: Use) => agentFamily(agent),
  "new service": ({ service }: Use) => service,
} as const;
type Aspect = keyof typeof aspects;
const aspectNames = Object.keys(aspects) as Aspect[];

/** When each thing was seen first, for the keys of one profile. */
class History {
  readonly #first = new Map<string, Temporal.Instant>();
  #begin: Temporal.Instant | undefined;

  add(use: Use): void {
    this.#begin = earlier(this.#begin, use.at);
    for (const aspect of aspectNames) {
      const value = aspects[aspect](use);
      if (value === undefined) continue;
      const name = `${aspect} ${value}`;
      this.#first.set(name, earlier(this.#first.get(name), use.at));
    }
  }

  /** Whether there is anything from before. */
  reaches(recently: Temporal.Instant): boolean {
    return this.#begin !== undefined && Temporal.Instant.compare(this.#begin, recently) < 0;
  }

  /** When something was seen first, if that was lately. */
  newSince(aspect: Aspect, use: Use, recently: Temporal.Instant): Temporal.Instant | undefined {
    const value = aspects[aspect](use);
    const first = value === undefined ? undefined : this.#first.get(`${aspect} ${value}`);
    if (first === undefined || !this.reaches(recently)) return undefined;
    return Temporal.Instant.compare(first, recently) >= 0 ? first : undefined;
  }
}

function earlier(one: Temporal.Instant | undefined, other: Temporal.Instant): Temporal.Instant {
  return one && Temporal.Instant.compare(one, other) <= 0 ? one : other;
}

function rowOf(
  uses: readonly Use[],
  { known, session }: Origin,
  history: History,
  recently: Temporal.Instant,
): Row {
  const [first] = uses as readonly [Use, ...Use[]];
  return {
    key: first.key,
    profile: known.profile,
    ...(session ? { session: { what: session.what, of: known.id } } : {}),
    who: first.who,
    address: addressGroup(first.address),
    region: first.region,
    actions: counted(uses.map(({ service, action }) => `${service}:${action}`)),
    agents: counted(uses.map(({ agent }) => agentFamily(agent))).map(({ name }) => name),
    models: counted(uses.flatMap(({ model }) => model ?? [])).map(({ name }) => name),
    count: uses.length,
    first: uses.reduce((at, use) => earlier(at, use.at), first.at),
    last: uses.reduce(
      (at, use) => Temporal.Instant.compare(use.at, at) > 0 ? use.at : at,
      first.at,
    ),
    marks: marksOf(uses, known, history, recently),
  };
}

function marksOf(
  uses: readonly Use[],
  known: KnownKey,
  history: History,
  recently: Temporal.Instant,
): Mark[] {
  const marks: Mark[] = [];
  const { state, since } = known;
  const late = resting.includes(state)
    ? uses.filter(({ at }) => since === undefined || Temporal.Instant.compare(at, since) > 0)
    : [];
  if (late.length) marks.push({ kind: "retired key", state, count: late.length });
  const denied = uses.filter(isDenied);
  if (denied.length) {
    const actions = counted(denied.map(({ service, action }) => `${service}:${action}`));
    marks.push({
      kind: "denied",
      count: denied.length,
      actions: actions.map(({ name }) => name),
    });
  }
  for (const kind of aspectNames) {
    const fresh = uses.flatMap((use) => {
      const since = history.newSince(kind, use, recently);
      return since ? [{ value: aspects[kind](use)!, since }] : [];
    });
    const [one] = fresh;
    if (one === undefined) continue;
    marks.push({
      kind,
      values: [...new Set(fresh.map(({ value }) => value))],
      since: fresh.reduce((at, each) => earlier(at, each.since), one.since),
    });
  }
  return marks;
}

const weights: Readonly<Record<Mark["kind"], number>> = {
  "retired key": 32,
  "denied": 16,
  "new address": 8,
  "new service": 4,
  "new region": 2,
  "new agent": 1,
};

function gravity({ marks }: Row): number {
  return marks.reduce((sum, { kind }) => sum + weights[kind], 0);
}

/** The most frequent first; equally frequent ones in the order of the alphabet. */
function counted(names: readonly string[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }))
    .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
}

/** Requests that AWS itself makes for somebody have no address. */
function isOfAws(address: string): boolean {
  return /(?:^|\.)amazonaws\.com(?:\.cn)?$|^AWS Internal$|^$/.test(address);
}

/**
 * What counts as one address. A machine takes another IPv6 address every day, in the same network.
 *
 * @returns an IPv6 address's first 64 bits, `2001:db8:1:2::/64`; any other text as it is
 */
export function addressGroup(address: string): string {
  if (!/^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}$/i.test(address)) return address;
  const [front = "", back] = address.toLowerCase().split("::");
  const partsOf = (text: string) => text.split(":").filter((step) => step !== "");
  const [before, after] = [partsOf(front), partsOf(back ?? "")];
  const left = 8 - before.length - after.length;
  if (back === undefined ? left !== 0 : left < 1) return address;
  const steps = [...before, ...Array.from({ length: left }, () => "0"), ...after];
  return `${steps.slice(0, 4).map((step) => step.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

/** The program without its version, which changes all the time: `aws-cli/2.15.1 …` -> `aws-cli`. */
export function agentFamily(agent: string): string {
  const [, name] = agent.match(/^\[?\s*([\w.-]{1,40}?)(?:[/\s;,\])]|$)/) ?? [];
  return name ? name.toLowerCase() : agent.slice(0, 40) || "unknown";
}
