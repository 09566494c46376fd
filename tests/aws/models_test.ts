import assert from "node:assert/strict";
import {
  baseModelOf,
  chooseModel,
  isInferenceProfile,
  nearestProfile,
  newestOfFamilies,
  profileFor,
  shortName,
} from "../../src/aws/models.ts";

const arn = "arn:aws:bedrock:us-east-1";
const ids: readonly (readonly [
  id: string,
  base: string | undefined,
  profile: boolean,
  short: string,
])[] = [
  ["anthropic.claude-opus-5", "anthropic.claude-opus-5", false, "opus-5"],
  ["us.anthropic.claude-opus-5", "anthropic.claude-opus-5", true, "opus-5"],
  ["global.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1", true, "opus-4-6"],
  ["us-gov.anthropic.claude-sonnet-5", "anthropic.claude-sonnet-5", true, "sonnet-5"],
  [
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    true,
    "haiku-4-5",
  ],
  [`${arn}::foundation-model/anthropic.claude-opus-5`, "anthropic.claude-opus-5", false, "opus-5"],
  [
    `${arn}:123456789012:inference-profile/us.anthropic.claude-opus-5`,
    "anthropic.claude-opus-5",
    true,
    "opus-5",
  ],
  [`${arn}:123456789012:application-inference-profile/abc123`, undefined, false, "abc123"],
];

for (const [id, base, profile, short] of ids) {
  Deno.test(`the model id "${id}" is understood`, () => {
    assert.equal(baseModelOf(id), base);
    assert.equal(isInferenceProfile(id), profile);
    assert.equal(shortName(id), short);
  });
}

const listed = [
  "global.anthropic.claude-sonnet-5",
  "us.anthropic.claude-sonnet-4-6",
  "us.anthropic.claude-sonnet-5",
  "us.anthropic.claude-opus-4-8",
  "us.anthropic.claude-opus-5",
  "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  "us.amazon.nova-pro-v1:0",
].map((id) => ({ id, modelIds: [id.replace(/^\w+\./, "")] }));

Deno.test("the inference profile of a model is the area's before the world's", () => {
  assert.equal(profileFor("anthropic.claude-sonnet-5", listed), "us.anthropic.claude-sonnet-5");
  assert.equal(profileFor("anthropic.claude-fable-5", listed), undefined);
});

Deno.test("a mistyped profile is corrected where it is near enough", () => {
  const near = "us.anthropic.claude-sonnet-4-6";
  assert.equal(nearestProfile("eu.anthropic.claude-sonnet-4-6", listed), near);
  assert.equal(nearestProfile("us.anthropic.claude-sonnet-46", listed), near);
  assert.equal(nearestProfile("us.meta.llama-9", listed), undefined);
});

Deno.test("each family is led by its newest model, and the cheapest family is asked", () => {
  assert.deepEqual(newestOfFamilies(listed), [
    "us.anthropic.claude-opus-5",
    "us.anthropic.claude-sonnet-5",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  ]);
  assert.equal(chooseModel(listed), "us.anthropic.claude-haiku-4-5-20251001-v1:0");
  assert.equal(chooseModel([]), undefined);
});
