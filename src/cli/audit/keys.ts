import type { KeyState, KnownKey } from "../../audit/judge.ts";
import { type Journal, steps } from "../../rotate/journal.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { pathInLog, type Recorded } from "../actions.ts";

/** A key to look for, with the profile that it belongs to. */
export interface LookedFor extends KnownKey {
  /** The profile whose key CloudTrail is asked with. */
  readonly signer: string;
}

/**
 * The keys of the profiles, those of rotations under way, and those that once were in the file, as
 * far as this machine's log of actions tells.
 *
 * @param about.only one profile, or all
 * @param about.file the real path of the secrets file
 */
export function keysToLookFor(about: {
  readonly profiles: ReadonlyMap<string, ProfileView>;
  readonly journals: ReadonlyMap<string, Journal>;
  readonly recorded: readonly Recorded[];
  readonly file: string;
  readonly only: string | undefined;
  readonly named: readonly string[];
}): LookedFor[] {
  const { profiles, journals, recorded, file, only, named } = about;
  const found = new Map<string, LookedFor>();
  const fallback = only ??
    (profiles.has("default") ? "default" : [...profiles.keys()][0] ?? "default");
  const add = (id: string, profile: string, state: KeyState, since?: Temporal.Instant) => {
    if (found.has(id) || (only !== undefined && profile !== only)) return;
    const signer = profiles.has(profile) ? profile : fallback;
    found.set(id, { id, profile, signer, state, ...(since ? { since } : {}) });
  };
  // A key that several profiles have is that of the first.
  const owners = new Map<string, string>();
  for (const { name, accessKeyId } of profiles.values()) {
    if (accessKeyId && !owners.has(accessKeyId)) owners.set(accessKeyId, name);
  }
  for (const { name, accessKeyId } of profiles.values()) {
    const rotating = journals.get(name);
    if (accessKeyId && accessKeyId !== rotating?.old.id) add(accessKeyId, name, "current");
  }
  for (const journal of journals.values()) {
    const [state, since] = stateOfOld(journal);
    add(journal.old.id, journal.profile, state, since);
    if (journal.new) add(journal.new.id, journal.profile, "coming");
  }
  const inLog = pathInLog(file);
  for (const each of [...recorded].reverse()) {
    if (each.file !== inLog || each.action !== "rotate" || !each.profile) continue;
    const at = Temporal.Instant.from(each.at);
    for (const id of [each.key, each.newKey]) {
      if (id && /^AKIA/.test(id)) add(id, each.profile, "gone", at);
    }
  }
  for (const id of named) {
    const owner = owners.get(id) ?? fallback;
    if (!found.has(id)) found.set(id, { id, profile: owner, signer: owner, state: "named" });
  }
  return [...found.values()];
}

/** How far the key is, that a rotation is to replace. */
function stateOfOld(journal: Journal): readonly [KeyState, Temporal.Instant?] {
  const reached = (step: typeof steps[number]) =>
    steps.indexOf(journal.step) >= steps.indexOf(step);
  if (journal.abort || !reached("promoted")) return ["current"];
  if (reached("inactive")) return ["inactive", journal.inactive];
  return reached("deployed") ? ["replaced", journal.deployed] : ["leaving", journal.promoted];
}
