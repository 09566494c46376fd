import { fieldOf, type KeyGroup, keyName, type MasterKey } from "../sops/keys/master_key.ts";
import type { Keys } from "../sops/document.ts";
import type { Rule } from "../sops/rules.ts";

/** What a key is told apart by: an age recipient as it is, another with its type before it. */
export type KeyId = string;

/** What is to be done to a file. */
export type Step =
  /** Nothing. */
  | "none"
  /** Its data key is encrypted for others; values stay as they are. */
  | "rewrap"
  /** It gets a new data key. */
  | "renew";

/** What a file needs to be as its rule says. */
export interface FilePlan {
  readonly step: Step;
  readonly gains: readonly KeyId[];
  readonly loses: readonly KeyId[];
  /** Whether keys stay the same and stand in other groups, or another number of groups is needed. */
  readonly regrouped: boolean;
}

/** What was asked for: files as their rules say, new data keys, or somebody to lose access. */
export type Wish =
  | { readonly kind: "sync" }
  | { readonly kind: "renew" }
  | { readonly kind: "remove"; readonly ids: ReadonlySet<KeyId> };

/** @returns what a key is told apart by, the same in a rule and in a file */
function idOf(key: MasterKey): KeyId {
  if (key.type === "age") return key.recipient;
  const role = key.type === "kms" ? fieldOf(key, "role") : undefined;
  return `${key.type} ${keyName(key)}${role ? `+${role}` : ""}`;
}

export function idsOf(groups: readonly KeyGroup[]): KeyId[] {
  return [...new Set(groups.flat().map(idOf))];
}

/** For whom a rule says that its files are; the data key is shared out by as many as it says. */
export function keysOf(rule: Rule): Keys {
  const { groups, shamirThreshold } = rule;
  return {
    groups,
    ...(shamirThreshold !== undefined && groups.length > 1 ? { shamirThreshold } : {}),
  };
}

/**
 * What a file needs. Its own metadata says who can open it now; who is to open it comes from the
 * rule alone.
 */
export function planFile(file: Keys, rule: Rule, wish: Wish): FilePlan {
  const [before, after] = [idsOf(file.groups), idsOf(rule.groups)];
  const gains = after.filter((each) => !before.includes(each));
  const loses = before.filter((each) => !after.includes(each));
  const regrouped = gains.length + loses.length === 0 && !sameShape(file, keysOf(rule));
  const differs = gains.length + loses.length > 0 || regrouped;
  const step = stepFor(wish, before, differs);
  return step === "none" ? { step, gains: [], loses: [], regrouped: false } : {
    step,
    gains,
    loses,
    regrouped,
  };
}

function stepFor(wish: Wish, before: readonly KeyId[], differs: boolean): Step {
  switch (wish.kind) {
    case "sync":
      return differs ? "rewrap" : "none";
    case "renew":
      return "renew";
    case "remove":
      return before.some((each) => wish.ids.has(each)) ? "renew" : "none";
  }
}

/** @see getsops/sops cmd/sops/common, DiffKeyGroups: groups by their places, keys in any order */
function sameShape(one: Keys, other: Keys): boolean {
  const shape = ({ groups }: Keys) =>
    groups.map((group) => [...new Set(group.map(idOf))].sort().join("\n")).join("\n\n");
  const needed = ({ groups, shamirThreshold }: Keys) =>
    groups.length > 1 ? shamirThreshold ?? groups.length : 1;
  return shape(one) === shape(other) && needed(one) === needed(other);
}

/** A key with the files that it comes to, or goes from. */
export interface AccessChange {
  readonly id: KeyId;
  readonly files: readonly string[];
}

/** Who gains and who loses access to which files. */
export interface Proposal {
  readonly gains: readonly AccessChange[];
  readonly loses: readonly AccessChange[];
}

/** @param plans each with its file's name */
export function proposalOf(
  plans: readonly { readonly file: string; readonly plan: FilePlan }[],
): Proposal {
  const collect = (side: "gains" | "loses"): AccessChange[] => {
    const files = new Map<KeyId, string[]>();
    for (const { file, plan } of plans) {
      for (const id of plan[side]) {
        const list = files.get(id) ?? [];
        list.push(file);
        files.set(id, list);
      }
    }
    return [...files].map(([id, files]) => ({ id, files }))
      .sort((one, other) => other.files.length - one.files.length);
  };
  return { gains: collect("gains"), loses: collect("loses") };
}

/**
 * Files that some of these identities open now, and none would any more.
 *
 * @param own the recipients of all identities that are there
 */
export function lockedOut(
  files: readonly { readonly file: string; readonly before: Keys; readonly after: Keys }[],
  own: ReadonlySet<KeyId>,
): string[] {
  const opens = ({ groups }: Keys) => idsOf(groups).some((each) => own.has(each));
  return files.flatMap(({ file, before, after }) => opens(before) && !opens(after) ? [file] : []);
}
