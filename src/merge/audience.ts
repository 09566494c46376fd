import { type KeyGroup, keyName } from "../sops/keys/master_key.ts";
import { MergeError } from "./errors.ts";

/** For whom a version is encrypted, or a rule wants it to be. */
export interface Audience {
  readonly groups: readonly KeyGroup[];
  readonly shamirThreshold?: number;
}

/** What a merge changed about who can open a file. Nothing authenticates what metadata say. */
export interface AudienceChange {
  /** A recipient, an ARN, a fingerprint. */
  readonly key: string;
  /**
   * `added by the rules`: no version named it; `dropped by the rules`: both versions name it, the
   * rules do not; `not trusted`: one version alone names it, and the rules do not, so it is left out;
   * `taken over`: one version alone names it, and there are no rules to ask
   */
  readonly what: "added by the rules" | "dropped by the rules" | "not trusted" | "taken over";
  /** The version that alone names it. */
  readonly side?: "ours" | "theirs";
}

export interface MergedAudience {
  readonly audience: Audience;
  readonly changes: readonly AudienceChange[];
}

/**
 * For whom the merged file is to be encrypted: for the keys of the rules, else for those of both
 * versions, without what one side took out.
 *
 * @param versions what the metadata of the three say
 * @param rule what the rules say, if they have a rule for the file
 * @throws {MergeError} `keys`
 */
export function mergeAudience(
  versions: { readonly base?: Audience; readonly ours: Audience; readonly theirs: Audience },
  rule?: Audience,
): MergedAudience {
  const [ours, theirs] = [names(versions.ours), names(versions.theirs)];
  if (rule) {
    const wanted = names(rule);
    const known = new Set([...ours, ...theirs]);
    return {
      audience: rule,
      changes: [
        ...[...wanted].filter((key) => !known.has(key))
          .map((key): AudienceChange => ({ key, what: "added by the rules" })),
        ...[...known].filter((key) => !wanted.has(key)).map((key): AudienceChange =>
          ours.has(key) && theirs.has(key)
            ? { key, what: "dropped by the rules" }
            : { key, what: "not trusted", side: ours.has(key) ? "ours" : "theirs" }
        ),
      ],
    };
  }
  const audience = threeWay(versions.base, versions.ours, versions.theirs);
  const changes = [...names(audience)]
    .filter((key) => !(ours.has(key) && theirs.has(key)))
    .map((key): AudienceChange => ({
      key,
      what: "taken over",
      side: ours.has(key) ? "ours" : "theirs",
    }));
  return { audience, changes };
}

/**
 * The keys of three versions of a rule, or of a file's metadata, brought together.
 *
 * @throws {MergeError} `keys`, when both sides changed key groups
 */
export function threeWay(base: Audience | undefined, ours: Audience, theirs: Audience): Audience {
  if (sameAudience(ours, theirs)) return ours;
  if (base && sameAudience(base, ours)) return theirs;
  if (base && sameAudience(base, theirs)) return ours;
  const [first, second] = [ours.groups, theirs.groups];
  // What a share opens depends on all groups, so groups are one value.
  if (first.length !== 1 || second.length !== 1) throw new MergeError("keys");
  const [before, mine, yours] = [names(base ?? { groups: [] }), names(ours), names(theirs)];
  const kept = first[0]!.filter((key) => yours.has(keyName(key)) || !before.has(keyName(key)));
  const added = second[0]!.filter((key) => !mine.has(keyName(key)) && !before.has(keyName(key)));
  const group = [...kept, ...added];
  if (group.length === 0) throw new MergeError("keys");
  return { groups: [group] };
}

/** Whether the same keys open both, in the same groups; their order does not count. */
export function sameAudience(one: Audience, other: Audience): boolean {
  return one.groups.length === other.groups.length &&
    (one.groups.length === 1 || threshold(one) === threshold(other)) &&
    one.groups.every((group, index) => {
      const [names, others] = [group, other.groups[index]!].map((each) =>
        new Set(each.map(keyName))
      );
      return names!.size === others!.size && names!.isSubsetOf(others!);
    });
}

function threshold({ groups, shamirThreshold }: Audience): number {
  return shamirThreshold ?? groups.length;
}

/** @returns the names of all keys of all groups */
export function names({ groups }: Audience): Set<string> {
  return new Set(groups.flat().map(keyName));
}
