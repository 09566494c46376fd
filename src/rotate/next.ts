import type { Hindrance } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { isOrphan, type KeyView } from "./keys.ts";

/** All that decides about the next step. */
export interface Situation {
  readonly journal: Journal;
  /** The key id that the profile has in the file. */
  readonly live: string | undefined;
  /** What IAM lists for the user. */
  readonly keys: readonly KeyView[];
  /** By AWS's clock. */
  readonly now: Temporal.Instant;
  readonly told: Told;
}

/** What the operator says, because it cannot be seen. */
export interface Told {
  /** Every host has what the file says. */
  readonly deployed: boolean;
  /** The old key is not used any more; counts only where IAM does not let us see. */
  readonly unused: boolean;
}

/** What is waited for. */
export type Awaited =
  | { readonly what: "deployment" }
  | { readonly what: "quiet"; readonly until: Temporal.Instant; readonly usedSince: boolean }
  | { readonly what: "sight" }
  | { readonly what: "soak"; readonly until: Temporal.Instant };

/** The one thing to do next. */
export type Next =
  | { readonly do: "create" | "prove" | "promote" | "deactivate" | "revoke" | "finish" }
  | { readonly do: "remove orphan"; readonly key: KeyView }
  | { readonly do: "note deployed" | "note quiet" | "watch again" }
  | { readonly do: "delete"; readonly id: string }
  | { readonly do: "reactivate" | "restore" }
  | { readonly do: "wait"; readonly for: Awaited }
  | { readonly do: "stop"; readonly why: Hindrance; readonly id?: string }
  | { readonly do: "third key" };

/**
 * The next step of a rotation, from its journal, what IAM says, and the time; no request, no clock.
 */
export function next(situation: Situation): Next {
  const { journal } = situation;
  if (journal.abort) return nextOfAbort(situation, journal);
  switch (journal.step) {
    case "intent":
      return nextOfIntent(situation);
    case "staged":
    case "proved":
      return live(situation, journal.old.id) ?? strangers(situation) ??
        { do: journal.step === "staged" ? "prove" : "promote" };
    case "promoted":
      return live(situation, journal.new?.id) ?? nextOfPromoted(situation);
    case "deployed":
      return live(situation, journal.new?.id) ?? gone(situation) ?? nextOfDeployed(situation);
    case "quiet":
      return live(situation, journal.new?.id) ?? gone(situation) ??
        hindrance(situation, journal.old.id, journal.new?.id) ?? { do: "deactivate" };
    case "inactive":
      return live(situation, journal.new?.id) ?? gone(situation) ?? nextOfInactive(situation);
  }
}

/** Ids whose last use decides about the next step. */
export function usesToAsk(journal: Journal, keys: readonly { readonly id: string }[]): string[] {
  const { step, abort, existing } = journal;
  if (step === "intent") return keys.map(({ id }) => id).filter((id) => !existing.includes(id));
  if (abort) return [];
  if (step === "promoted" && journal.new) return [journal.new.id];
  return step === "deployed" ? [journal.old.id] : [];
}

/**
 * Why a key must not be deactivated or deleted; the other one is what remains.
 *
 * @param situation.keys as they were listed just now
 * @param options.mayBeUnlisted for a key that we made a moment ago: lists lag behind
 * @returns nothing where it may
 */
export function hindrance(
  { keys, live: used, journal }: Pick<Situation, "keys" | "live" | "journal">,
  target: string,
  other: string | undefined,
  options: { readonly mayBeUnlisted?: boolean } = {},
): Extract<Next, { do: "stop" }> | undefined {
  const stop = (why: Hindrance, id?: string) =>
    ({ do: "stop", why, ...(id === undefined ? {} : { id }) }) as const;
  const rest = keys.find(({ id }) => id === other);
  const isNew = other === journal.new?.id;
  if (target === used) return stop("key is live", target);
  const listed = keys.some(({ id }) => id === target);
  if (!listed && !options.mayBeUnlisted) return stop("not owned", target);
  if (rest === undefined) return stop(isNew ? "new key gone" : "old key gone", other);
  if (!rest.active) return stop(isNew ? "new key inactive" : "old key inactive", other);
  if (other !== used) return stop("key changed", used);
  return undefined;
}

/** The profile's key has to be the one that it ought to be at that point. */
function live({ live: used }: Situation, wanted: string | undefined): Next | undefined {
  return used === wanted
    ? undefined
    : { do: "stop", why: "key changed", ...(used ? { id: used } : {}) };
}

/** Keys that are neither of the two: AWS's quota allows none, so something is not as we believe. */
function strangers({ journal, keys }: Situation): Next | undefined {
  const known = [journal.old.id, journal.new?.id];
  return keys.some(({ id }) => !known.includes(id)) ? { do: "third key" } : undefined;
}

/** Somebody deleted the old key: that is what we were after. */
function gone({ journal, keys }: Situation): Next | undefined {
  if (keys.some(({ id }) => id === journal.old.id)) return undefined;
  const fresh = keys.find(({ id }) => id === journal.new?.id);
  if (fresh?.active) return { do: "finish" };
  return { do: "stop", why: fresh ? "new key inactive" : "new key gone", id: journal.new!.id };
}

function nextOfIntent(situation: Situation): Next {
  const { journal, keys } = situation;
  const moved = live(situation, journal.old.id);
  if (moved) return moved;
  const more = keys.filter(({ id }) => !journal.existing.includes(id));
  const [orphan] = more;
  if (orphan === undefined) return { do: "create" };
  return more.length === 1 && isOrphan(orphan, journal)
    ? { do: "remove orphan", key: orphan }
    : { do: "third key" };
}

function nextOfPromoted({ journal, keys, told }: Situation): Next {
  if (told.deployed) return { do: "note deployed" };
  const use = keys.find(({ id }) => id === journal.new?.id)?.lastUse;
  // We ourselves ask STS and IAM only, since the promotion: whoever else uses it has it.
  const byOthers = use && use !== "unknown" && use.at && journal.promoted &&
    !["sts", "iam", undefined].includes(use.service) &&
    Temporal.Instant.compare(use.at, journal.promoted) > 0;
  return byOthers ? { do: "note deployed" } : { do: "wait", for: { what: "deployment" } };
}

function nextOfDeployed({ journal, keys, now, told }: Situation): Next {
  const deployed = journal.deployed!;
  const use = keys.find(({ id }) => id === journal.old.id)?.lastUse;
  if (use === undefined || use === "unknown") {
    return told.unused ? { do: "note quiet" } : { do: "wait", for: { what: "sight" } };
  }
  const usedSince = use.at !== undefined && Temporal.Instant.compare(use.at, deployed) > 0;
  const until = (usedSince ? use.at! : deployed).add({ seconds: journal.quiet });
  return Temporal.Instant.compare(now, until) >= 0
    ? { do: "note quiet" }
    : { do: "wait", for: { what: "quiet", until, usedSince } };
}

function nextOfInactive(situation: Situation): Next {
  const { journal, keys, now } = situation;
  // Somebody needed it after all.
  if (keys.find(({ id }) => id === journal.old.id)?.active) return { do: "watch again" };
  if (journal.revoke && !journal.revoked) return { do: "revoke" };
  const until = journal.inactive!.add({ seconds: journal.soak });
  if (Temporal.Instant.compare(now, until) < 0) {
    return { do: "wait", for: { what: "soak", until } };
  }
  return hindrance(situation, journal.old.id, journal.new?.id) ??
    { do: "delete", id: journal.old.id };
}

function nextOfAbort(situation: Situation, journal: Journal): Next {
  const { keys, told } = situation;
  const fresh = journal.new;
  if (fresh === undefined) {
    const step = nextOfIntent(situation);
    return step.do === "create" ? { do: "finish" } : step;
  }
  const wasPromoted = !["staged", "proved"].includes(journal.step);
  if (journal.abort === "begun" && wasPromoted) {
    const old = keys.find(({ id }) => id === journal.old.id);
    if (old === undefined) return { do: "stop", why: "too late", id: journal.old.id };
    const moved = live(situation, fresh.id);
    return moved ?? (old.active ? { do: "restore" } : { do: "reactivate" });
  }
  if (journal.abort === "restored") {
    return live(situation, journal.old.id) ??
      (told.deployed ? { do: "note deployed" } : { do: "wait", for: { what: "deployment" } });
  }
  return live(situation, journal.old.id) ??
    hindrance(situation, fresh.id, journal.old.id, { mayBeUnlisted: true }) ??
    { do: "delete", id: fresh.id };
}
