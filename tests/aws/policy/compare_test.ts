import assert from "node:assert/strict";
import { type Attached, compare } from "../../../src/aws/policy/compare.ts";
import { parsePolicy } from "../../../src/aws/policy/document.ts";
import { policyFor } from "../../../src/aws/policy/build.ts";
import { needsOf, type Uses } from "../../../src/aws/policy/needs.ts";

const account = "123456789012";
const opus = "anthropic.claude-opus-5";
const user = `arn:aws:iam::${account}:user/claude-dev`;
const profileArn = `arn:aws:bedrock:us-east-1:${account}:inference-profile/us.${opus}`;
const models = ["us-east-1", "us-west-2"]
  .map((region) => `arn:aws:bedrock:${region}::foundation-model/${opus}`);
const uses: Uses = {
  models: [{ id: `us.${opus}`, inferenceProfile: { arn: profileArn }, modelArns: models }],
  rotates: user,
  roles: [],
  kmsKeys: [],
  marketplace: false,
  bearer: false,
  looks: false,
};
const needs = needsOf(uses);

type Json = Readonly<Record<string, unknown>>;
const policy = (name: string, ...Statement: readonly Json[]) => ({
  name,
  policy: parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement }), name),
});
const allow = (Action: unknown, Resource: unknown = "*", Condition?: Json): Json => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});
const least = { name: "least", policy: policyFor(needs) };
const attach = (...policies: Attached["policies"]): Attached => ({
  policies,
  unread: [],
  boundaryUnread: false,
});
const values = { "aws:username": ["claude-dev"], "aws:CurrentTime": ["2026-11-22T12:00:00Z"] };
const result = (attached: Attached) => {
  const { missing, excess } = compare(needs, attached, { values });
  return {
    missing: missing.map(({ action, why }) => `${action.replace(/^.*:/, "")} ${why}`),
    excess: excess.map(({ policy, action, why }) => `${policy} ${action} ${why}`),
  };
};
const nothing = { missing: [], excess: [] };

Deno.test("the policy that is written is neither too much nor too little", () => {
  assert.deepEqual(result(attach(least)), nothing);
});

Deno.test("Claude Code's documented policy lets the models through, and is wider", () => {
  const documented = policy(
    "docs",
    allow(
      [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:ListInferenceProfiles",
        "bedrock:GetInferenceProfile",
      ],
      [
        "arn:aws:bedrock:*:*:inference-profile/*",
        "arn:aws:bedrock:*:*:application-inference-profile/*",
        "arn:aws:bedrock:*:*:foundation-model/*",
      ],
    ),
  );
  const { missing, excess } = result(attach(documented));
  assert.ok(missing.every((each) => /AccessKey/.test(each)), missing.join());
  assert.deepEqual(excess, [
    "docs bedrock:InvokeModel wider resource",
    "docs bedrock:InvokeModelWithResponseStream wider resource",
  ]);
});

Deno.test("administrators' rights are too much, and enough", () => {
  assert.deepEqual(result(attach(policy("AdministratorAccess", allow("*")))), {
    missing: [],
    excess: ["AdministratorAccess * wider action"],
  });
});

Deno.test("actions that nothing needs are named, and NotAction is all but", () => {
  const extra = policy("extra", allow(["s3:GetObject", "bedrock:ListFoundationModels"]), {
    Effect: "Allow",
    NotAction: "iam:*",
    Resource: "*",
  });
  assert.deepEqual(result(attach(least, extra)).excess, [
    "extra s3:GetObject action",
    "extra iam:* all but",
  ]);
});

Deno.test("the model in the other region is missed where the policy stops at one", () => {
  const one = policy("one", allow("bedrock:InvokeModel*", [profileArn, models[0]]));
  const { missing } = compare(needs, attach(one), { values });
  const found = missing.find(({ purpose }) => purpose === "invoke models through profiles");
  assert.deepEqual(found?.resources, [models[1]]);
});

Deno.test("a condition on the region that leaves out where requests go is seen", () => {
  const here = policy(
    "here",
    allow("bedrock:*", "*", { StringEquals: { "aws:RequestedRegion": "us-east-1" } }),
  );
  const { missing } = compare(needs, attach(here), { values });
  const found = missing.find(({ purpose }) => purpose === "invoke models through profiles");
  assert.deepEqual([found?.resources, found?.why], [[models[1]], "not allowed"]);
});

Deno.test("a deny is named as what stands in the way", () => {
  const no = policy("no-streams", {
    Sid: "NoStreams",
    Effect: "Deny",
    Action: "bedrock:InvokeModelWithResponseStream",
    Resource: "*",
  });
  const { missing } = compare(needs, attach(least, no), { values });
  assert.deepEqual(missing.map(({ why, by }) => [why, by]), [
    ["denied", [{ policy: "no-streams", sid: "NoStreams" }]],
    ["denied", [{ policy: "no-streams", sid: "NoStreams" }]],
  ]);
});

Deno.test("what a boundary leaves out is missing, and not too much", () => {
  const boundary = policy("limits", allow("bedrock:*"));
  const attached = { ...attach(least, policy("s3", allow("s3:*"))), boundary };
  const { missing, excess } = result(attached);
  assert.deepEqual(excess, []);
  assert.ok(missing.length === 5 && missing.every((each) => each.endsWith("outside boundary")));
});

Deno.test("what could not be read is not known, never missing", () => {
  const unread = { ...attach(), unread: ["group/developers"] };
  assert.ok(result(unread).missing.every((each) => each.endsWith(" not known")));
  const bound = { ...attach(least), boundaryUnread: true };
  assert.ok(result(bound).missing.every((each) => each.endsWith("boundary not known")));
});

Deno.test("a condition on the request is left open", () => {
  const office = policy(
    "office",
    allow("*", "*", { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }),
  );
  assert.ok(result(attach(office)).missing.every((each) => each.endsWith("depends")));
});

Deno.test("what is denied again is not too much", () => {
  const again = policy("again", allow("s3:*"), { Effect: "Deny", Action: "s3:*", Resource: "*" });
  assert.deepEqual(result(attach(least, again)), nothing);
});

Deno.test("InvokeModel with a star is how AWS writes the two", () => {
  const star = policy(
    "star",
    allow("bedrock:InvokeModel*", [profileArn, ...models]),
    allow(["bedrock:ListInferenceProfiles", "bedrock:GetInferenceProfile"]),
    allow("iam:*AccessKey*", user),
  );
  assert.deepEqual(result(attach(star)), {
    missing: [],
    excess: ["star iam:*AccessKey* wider action"],
  });
});

const demands = { mfa: true, sourceVpce: "vpce-0123456789abcdef0" };
const demanding = needsOf(uses, demands);

Deno.test("a policy with the conditions that are asked for is right, one without is too much", () => {
  const strict = { name: "strict", policy: policyFor(demanding) };
  const more = {
    ...values,
    "aws:MultiFactorAuthPresent": ["true"],
    "aws:SourceVpce": [demands.sourceVpce],
  };
  assert.deepEqual(compare(demanding, attach(strict), { values: more }), nothing);
  const { missing, excess } = compare(demanding, attach(least), { values: more });
  assert.deepEqual(missing, []);
  assert.deepEqual([...new Set(excess.map(({ why }) => why))], ["unconditional"]);
  assert.ok(excess.every(({ action }) => !action.startsWith("iam:")));
});

Deno.test("Marketplace's actions without Bedrock in between are too much", () => {
  const open = policy("open", allow("aws-marketplace:Subscribe"));
  const wanted = needsOf({ ...uses, marketplace: true });
  const { excess } = compare(wanted, attach(open), { values });
  assert.deepEqual(excess.map(({ action, why }) => [action, why]), [
    ["aws-marketplace:Subscribe", "unconditional"],
  ]);
});
