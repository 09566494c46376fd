import assert from "node:assert/strict";
import type { ListedModel, ListedProfile } from "../../src/aws/catalog.ts";
import { type Catalog, isOfFamily, modelRows, resolveModel } from "../../src/aws/model_list.ts";

const at = Temporal.Instant.from("2026-11-22T12:00:00Z");
const later = (days: number) => at.add({ hours: days * 24 });
const good = { agreement: "AVAILABLE", authorized: true, entitled: true, inRegion: true };

const profile = (id: string): ListedProfile => ({
  id,
  arn: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${id}`,
  name: id,
  application: false,
  modelIds: [id.replace(/^\w+\./, "")],
  modelArns: [],
});
const model = (id: string, more: Partial<ListedModel> = {}): ListedModel => ({
  id,
  name: id,
  provider: "Anthropic",
  onDemand: false,
  lifecycle: { legacy: false },
  ...more,
});

const [opus5, opus4, sonnet, haiku3, nova] = [
  "anthropic.claude-opus-5",
  "anthropic.claude-opus-4-8",
  "anthropic.claude-sonnet-4-5-20250929-v1:0",
  "anthropic.claude-3-haiku-20240307-v1:0",
  "amazon.nova-pro-v1:0",
] as const;
const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
const catalog: Catalog = {
  profiles: [opus5, opus4, sonnet].flatMap((id) => [`global.${id}`, `us.${id}`]).map(profile),
  applications: [{ ...profile("team"), id: arn, arn, application: true, modelIds: [opus5] }],
  models: [
    model(nova, { provider: "Amazon", onDemand: true }),
    model(haiku3, { onDemand: true, lifecycle: { legacy: true, endOfLife: later(71) } }),
    model(sonnet, { lifecycle: { legacy: false, legacyFrom: later(100) } }),
    model(opus4),
    model(opus5),
  ],
  availability: new Map([
    [opus5, good],
    [opus4, { ...good, agreement: "NOT_AVAILABLE" }],
    [haiku3, good],
  ]),
};

Deno.test("models stand by family, the newest first, what is near its end last", () => {
  assert.deepEqual(
    modelRows(catalog, at).map(({ short, access, ending }) => [short, access, ending]),
    [
      ["opus-5", "yes", undefined],
      ["opus-4-8", "no", undefined],
      ["sonnet-4-5", "not known", "soon"],
      ["nova-pro", "not known", undefined],
      ["3-haiku", "yes", "legacy"],
    ],
  );
});

Deno.test("an area's profile stands before the world's, and an own id last", () => {
  const [first] = modelRows(catalog, at);
  assert.deepEqual(first?.ways, [`us.${opus5}`, `global.${opus5}`]);
  assert.deepEqual(modelRows(catalog, at).at(-1)?.ways, [haiku3]);
});

Deno.test("a model past its end cannot be used, whatever else is said", () => {
  const row = modelRows(catalog, later(72)).at(-1);
  assert.deepEqual([row?.short, row?.access, row?.hindrance], ["3-haiku", "no", "ended"]);
});

Deno.test("what is pinned and not there is listed as not in the region", () => {
  const row = modelRows(catalog, at, ["us.anthropic.claude-opus-9"])
    .find(({ short }) => short === "opus-9");
  assert.deepEqual([row?.access, row?.hindrance], ["no", "not in region"]);
});

Deno.test("where nothing could be listed nothing is known, and nothing is no", () => {
  const rows = modelRows({ availability: new Map() }, at, [`us.${opus5}`]);
  assert.deepEqual(rows.map(({ short, access }) => [short, access]), [["opus-5", "not known"]]);
});

Deno.test("families are Claude's names and the makers'", () => {
  const shorts = (...names: string[]) =>
    modelRows(catalog, at).filter((row) => isOfFamily(row, names)).map(({ short }) => short);
  assert.deepEqual(shorts("opus"), ["opus-5", "opus-4-8"]);
  assert.deepEqual(shorts("amazon", "Haiku"), ["nova-pro", "3-haiku"]);
});

const found = (id: string) => ({ kind: "found", id });
const names: readonly (readonly [string, unknown, string?])[] = [
  [`us.${opus5}`, found(`us.${opus5}`)],
  [`global.${opus5}`, found(`global.${opus5}`)],
  [opus5, found(`us.${opus5}`)],
  ["opus-5", found(`us.${opus5}`)],
  ["claude-opus-5", found(`us.${opus5}`)],
  ["opus", found(`us.${opus5}`)],
  ["opus-4-8", found(`global.${opus4}`), `global.${opus5}`],
  ["sonnet", found(`global.${sonnet}`), `global.${opus5}`],
  ["3-haiku", found(haiku3)],
  [haiku3, found(haiku3)],
  [arn, found(arn)],
  ["opus-55", { kind: "unknown", suggestion: "opus-5" }],
  ["us.anthropic.claude-opus-6", { kind: "unknown", suggestion: `us.${opus5}` }],
  [`eu.${opus5}`, { kind: "unknown", suggestion: `us.${opus5}` }],
  ["gpt", { kind: "unknown" }],
  [`${arn}9`, { kind: "unknown" }],
];
for (const [name, expected, now] of names) {
  Deno.test(`the name "${name}" is understood${now ? ` beside ${now}` : ""}`, () => {
    assert.deepEqual(resolveModel(name, catalog, now), expected);
  });
}

Deno.test("an id that cannot be looked up is taken as it is, a short name is not", () => {
  const blind: Catalog = { availability: new Map() };
  assert.deepEqual(resolveModel(`us.${opus5}`, blind), { kind: "unlisted", id: `us.${opus5}` });
  assert.deepEqual(resolveModel("opus-5", blind), { kind: "unknown" });
});
