import { UnknownProfileError } from "./errors.ts";
import type { Manifest, ManifestProfile } from "./manifest.ts";

/** What a loader does, in the order in which it does it, the same for every shell. */
export interface Plan {
  readonly directory: string;
  readonly profiles: readonly ProfilePlan[];
  /** The profile that is loaded when none is asked for; absent where there is no obvious one. */
  readonly standard: string | undefined;
}

/** One profile: each file is read once, however many variables it fills, optional ones last. */
export interface ProfilePlan {
  readonly name: string;
  readonly reads: readonly Read[];
  /** Variables with the index of their read. */
  readonly variables: readonly { readonly name: string; readonly read: number }[];
  readonly constants: readonly { readonly name: string; readonly value: string }[];
  /** Variables that go because they would override these. */
  readonly unset: readonly string[];
}

/** A secret file to read. */
export interface Read {
  readonly file: string;
  /** Relative to the plan's directory, so that it changes when the directory's link is swapped. */
  readonly inside: boolean;
  readonly optional: boolean;
}

/**
 * @param standard the profile for a loader without words; else `default`, else the only one
 * @throws {UnknownProfileError} when the manifest does not have `standard`
 */
export function planOf(manifest: Manifest, standard?: string): Plan {
  const known = Object.keys(manifest.profiles);
  if (standard !== undefined && !known.includes(standard)) {
    throw new UnknownProfileError(standard, known);
  }
  return {
    directory: manifest.directory,
    profiles: Object.entries(manifest.profiles).map(([name, profile]) =>
      planProfile(name, profile, manifest.unset)
    ),
    standard: standard ??
      (known.includes("default") ? "default" : known.length === 1 ? known[0] : undefined),
  };
}

function planProfile(
  name: string,
  profile: ManifestProfile,
  unset: readonly string[],
): ProfilePlan {
  const files = Object.entries(profile.files);
  const required = files.filter(([variable]) => !profile.optional.includes(variable));
  // A file that fills an optional variable and one that is not is required.
  const order = [...new Set([...required, ...files].map(([, file]) => file))];
  const needed = new Set(required.map(([, file]) => file));
  const reads = order.map((file) => ({
    file,
    inside: !file.startsWith("/"),
    optional: !needed.has(file),
  }));
  const variables = files.map(([name, file]) => ({ name, read: order.indexOf(file) }));
  const own = new Set([...Object.keys(profile.files), ...Object.keys(profile.constants)]);
  return {
    name,
    reads,
    variables,
    constants: Object.entries(profile.constants).map(([name, value]) => ({ name, value })),
    unset: unset.filter((each) => !own.has(each)),
  };
}
