import { nearestWord } from "../platform/spelling.ts";
import type { Availability } from "./bedrock.ts";
import type { Lifecycle, ListedModel, ListedProfile } from "./catalog.ts";
import { baseModelOf, newestOfFamilies, shortName } from "./models.ts";

/** What a region was found to have; what could not be asked is not there. */
export interface Catalog {
  readonly profiles?: readonly ListedProfile[];
  readonly applications?: readonly ListedProfile[];
  readonly models?: readonly ListedModel[];
  /** By the model's own id. */
  readonly availability: ReadonlyMap<string, Availability>;
}

/** Why a model cannot be used. */
export type Hindrance = "not granted" | "not in region" | "ended";

/** A model, and how it is used. */
export interface ModelRow {
  /** `anthropic.claude-opus-5` */
  readonly model: string;
  /** `opus-5` */
  readonly short: string;
  /** Ids to invoke it by: an area's profile, the world's, its own. */
  readonly ways: readonly string[];
  readonly access: "yes" | "no" | "not known";
  readonly hindrance?: Hindrance;
  readonly lifecycle?: Lifecycle;
  /** Whether it is at the end of its life, or near. */
  readonly ending?: "ended" | "legacy" | "soon";
}

/** So many days before a model ends, or becomes a legacy one, it is told. */
const soon = 180;

/**
 * The models of a region, by family and from the newest on; pure.
 *
 * @param also ids that are to be among them, pinned ones
 */
export function modelRows(
  catalog: Catalog,
  at: Temporal.Instant,
  also: readonly string[] = [],
): ModelRow[] {
  const { profiles = [], models = [] } = catalog;
  const ids = new Set([
    ...profiles.flatMap(({ modelIds }) => modelIds),
    ...models.map(({ id }) => id),
    ...also.flatMap((id) => baseModelOf(id) ?? []),
  ]);
  return [...ids].map((id) => rowOf(id, catalog, at)).sort(byFamily);
}

function rowOf(model: string, catalog: Catalog, at: Temporal.Instant): ModelRow {
  const { profiles, models, availability } = catalog;
  const listed = models?.find(({ id }) => id === model);
  const through = (profiles ?? []).filter(({ modelIds }) => modelIds.includes(model))
    .map(({ id }) => id)
    .sort((a, b) => Number(a.startsWith("global.")) - Number(b.startsWith("global.")));
  const ways = [...through, ...(listed?.onDemand ? [model] : [])];
  const lifecycle = listed?.lifecycle;
  const ending = lifecycle && endingOf(lifecycle, at);
  const found = availability.get(model);
  const nowhere = profiles !== undefined && models !== undefined && ways.length === 0;
  const hindrance: Hindrance | undefined = ending === "ended"
    ? "ended"
    : nowhere || found?.inRegion === false
    ? "not in region"
    : found && (found.authorized === false || found.entitled === false ||
        found.agreement === "NOT_AVAILABLE")
    ? "not granted"
    : undefined;
  return {
    model,
    short: shortName(model),
    ways,
    access: hindrance ? "no" : found ? "yes" : "not known",
    ...(hindrance ? { hindrance } : {}),
    ...(lifecycle ? { lifecycle } : {}),
    ...(ending ? { ending } : {}),
  };
}

function endingOf(
  { legacy, legacyFrom, endOfLife }: Lifecycle,
  at: Temporal.Instant,
): ModelRow["ending"] {
  const before = (time: Temporal.Instant | undefined, limit: Temporal.Instant) =>
    time !== undefined && Temporal.Instant.compare(time, limit) <= 0;
  if (before(endOfLife, at)) return "ended";
  if (legacy || before(legacyFrom, at)) return "legacy";
  const limit = at.add({ hours: soon * 24 });
  return before(endOfLife, limit) || before(legacyFrom, limit) ? "soon" : undefined;
}

const families = ["opus", "sonnet", "haiku"];

/** Claude's families first, the newest of each first; what is a legacy model comes last. */
function byFamily(a: ModelRow, b: ModelRow): number {
  const old = ({ ending }: ModelRow) => ending === "ended" ? 2 : ending === "legacy" ? 1 : 0;
  const family = ({ model }: ModelRow) => {
    if (!model.startsWith("anthropic.")) return families.length + 1;
    const index = families.findIndex((each) => model.includes(`-${each}`));
    return index < 0 ? families.length : index;
  };
  return old(a) - old(b) || family(a) - family(b) || newer(a, b) ||
    (a.model < b.model ? -1 : a.model > b.model ? 1 : 0);
}

function newer(a: ModelRow, b: ModelRow): number {
  const [left, right] = [a, b].map(({ short }) => (short.match(/\d+/g) ?? []).map(Number));
  for (let index = 0; index < Math.max(left!.length, right!.length); index++) {
    const difference = (right![index] ?? 0) - (left![index] ?? 0);
    if (difference) return difference;
  }
  return 0;
}

/** Whether a model is of one of these families: `opus`, or a maker's name, `amazon`. */
export function isOfFamily(
  { model, short }: Pick<ModelRow, "model" | "short">,
  names: readonly string[],
): boolean {
  const parts = [...short.split("-"), model.split(".")[0]];
  return names.some((name) => parts.includes(name.toLowerCase()));
}

/** What a name that somebody typed means. */
export type Resolved =
  | { readonly kind: "found"; readonly id: string }
  /** It is written as an id is, and nothing could be listed to compare it with. */
  | { readonly kind: "unlisted"; readonly id: string }
  | { readonly kind: "unknown"; readonly suggestion?: string };

/**
 * The id that a typed name means: an id as it is, a model's own id or a short name through the
 * inference profile that leads there, a family its newest model.
 *
 * @param now what is pinned so far: another model of its area is preferred
 */
export function resolveModel(name: string, catalog: Catalog, now?: string): Resolved {
  const { profiles, applications = [], models } = catalog;
  const arnFound = [...profiles ?? [], ...applications].some(({ arn }) => arn === name);
  if (arnFound) return { kind: "found", id: name };
  if (/^arn:/.test(name)) {
    return profiles && applications.length > 0 && /inference-profile\//.test(name)
      ? { kind: "unknown" }
      : { kind: "unlisted", id: name };
  }
  if (profiles === undefined) {
    return baseModelOf(name) === undefined ? { kind: "unknown" } : { kind: "unlisted", id: name };
  }
  const own = models?.find(({ id, onDemand }) => id === name && onDemand);
  if (own || profiles.some(({ id }) => id === name)) return { kind: "found", id: name };
  const area = now?.match(/^([a-z]{2,6}(?:-[a-z]+)?)\.[a-z0-9-]+\./)?.[1];
  const wanted = name.toLowerCase().replace(/^claude-/, "");
  const fitting = profiles.filter(({ id, modelIds }) =>
    modelIds.includes(name) || shortName(id) === wanted
  );
  const [best] = [...fitting].sort((a, b) => rank(a.id, area) - rank(b.id, area));
  if (best) return { kind: "found", id: best.id };
  const direct = models?.find(({ id, onDemand }) => onDemand && shortName(id) === wanted);
  if (direct) return { kind: "found", id: direct.id };
  if (families.includes(wanted)) {
    const newest = newestOfFamilies(profiles).find((id) => shortName(id).startsWith(`${wanted}-`));
    if (newest) return resolveModel(shortName(newest), catalog, now);
  }
  const words = [...profiles.map(({ id }) => id), ...profiles.map(({ id }) => shortName(id))];
  const [elsewhere] = profiles.filter(({ modelIds }) => modelIds.includes(baseModelOf(name) ?? ""))
    .sort((a, b) => rank(a.id, area) - rank(b.id, area));
  const suggestion = elsewhere?.id ?? nearestWord(name, [...new Set(words)], 3);
  return { kind: "unknown", ...(suggestion ? { suggestion } : {}) };
}

/** The area of what is pinned comes first, any area next, the world last. */
function rank(id: string, area: string | undefined): number {
  if (area !== undefined && id.startsWith(`${area}.`)) return 0;
  return id.startsWith("global.") ? 2 : 1;
}
