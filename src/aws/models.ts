import { nearestWord } from "../platform/spelling.ts";
import type { InferenceProfile } from "./bedrock.ts";

/**
 * The foundation model behind a model id, as far as the id tells.
 *
 * @param id a model's own id, an inference profile's (`us.anthropic.…`), or an ARN of either
 * @returns nothing for application inference profiles and other ARNs
 */
export function baseModelOf(id: string): string | undefined {
  if (/^arn:.*:application-inference-profile\//.test(id)) return undefined;
  const name = id.replace(/^arn:[^/]*\//, "");
  const [, base] = name.match(/^(?:[a-z]{2,6}(?:-[a-z]+)?\.)?([a-z0-9-]+\.[\w.:-]+)$/) ?? [];
  return base;
}

/** Whether an id is an inference profile's own, with a prefix of an area. */
export function isInferenceProfile(id: string): boolean {
  const base = baseModelOf(id);
  return base !== undefined && base !== id && !/^arn:.*:foundation-model\//.test(id);
}

/** `us.anthropic.claude-sonnet-4-5-20250929-v1:0` -> `sonnet-4-5`. */
export function shortName(id: string): string {
  return id.replace(/^arn:.*\//, "").replace(/^(?:[\w-]+\.)*(?:claude-)?/, "")
    .replace(/(?:-\d{8})?(?:-v\d+)?(?::\d+)?$/, "");
}

/**
 * The inference profile that leads to a model, the nearest area before the whole world.
 *
 * @param listed what this region has
 */
export function profileFor(
  id: string,
  listed: readonly InferenceProfile[],
): string | undefined {
  const base = baseModelOf(id) ?? id;
  const found = listed.filter((profile) => profile.modelIds.includes(base)).map(({ id }) => id);
  return found.find((each) => !each.startsWith("global.")) ?? found[0];
}

/**
 * The listed id that a mistyped one was probably meant to be: the same model under another prefix,
 * else the one that is at most three letters away.
 */
export function nearestProfile(
  id: string,
  listed: readonly InferenceProfile[],
): string | undefined {
  const same = profileFor(id, listed);
  if (same) return same;
  return nearestWord(id, listed.map((profile) => profile.id), 3);
}

const families = ["opus", "sonnet", "haiku"] as const;

/** The newest listed profile of each of Claude's families; an area before the whole world. */
export function newestOfFamilies(listed: readonly InferenceProfile[]): string[] {
  return families.flatMap((family) => {
    const ofFamily = listed.map(({ id }) => id)
      .filter((id) => id.includes(`.anthropic.claude-${family}-`))
      .sort((a, b) => compareVersions(versionOf(b), versionOf(a)) || globalLast(a, b));
    return ofFamily.slice(0, 1);
  });
}

/** The model to ask where none is pinned: the cheapest family that there is. */
export function chooseModel(listed: readonly InferenceProfile[]): string | undefined {
  return newestOfFamilies(listed).at(-1);
}

function globalLast(a: string, b: string): number {
  return Number(a.startsWith("global.")) - Number(b.startsWith("global."));
}

/** `sonnet-4-5` -> [4, 5]. */
function versionOf(id: string): number[] {
  return (shortName(id).match(/\d+/g) ?? []).map(Number);
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference) return difference;
  }
  return 0;
}
