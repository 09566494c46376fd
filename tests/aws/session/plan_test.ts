import assert from "node:assert/strict";
import { entryName, type Plan, planOf, sessionName } from "../../../src/aws/session/plan.ts";
import type { RoleSource, Source, StaticSource } from "../../../src/aws/source.ts";
import { Secret } from "../../../src/sops/secret.ts";

const key: StaticSource = {
  kind: "static",
  profile: "default",
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: new Secret("s") },
};
const mfaSerial = "arn:aws:iam::123456789012:mfa/me";
const role = (from: RoleSource["from"], more: Partial<RoleSource> = {}): RoleSource => ({
  kind: "role",
  profile: "ci",
  roleArn: "arn:aws:iam::123456789012:role/ci",
  duration: 3600,
  tags: new Map(),
  from,
  ...more,
});
const session: StaticSource = {
  ...key,
  credentials: { ...key.credentials, sessionToken: new Secret("t") },
};

// deno-fmt-ignore -- a table
const rows: readonly (readonly [string, Exclude<Source, { kind: "api-key" }>, string])[] = [
  ["a key becomes a session of 12 hours", key, "key session-token:43200"],
  ["a key becomes a session as long as it says", { ...key, duration: 7200 }, "key session-token:7200"],
  ["a key with a device gives its code", { ...key, mfaSerial }, "key session-token:43200:mfa"],
  ["a session in the file stays what it is", session, "key"],
  ["the machine's own are handed on", { kind: "ambient", profile: "default" }, "ambient"],
  ["a role is assumed with the key itself", role(key), "key role:ci"],
  ["a role with a device is assumed with a session that has its code", role(key, { mfaSerial }), "key session-token:43200:mfa role:ci"],
  ["a role of a key with a device is, too", role({ ...key, mfaSerial }), "key session-token:43200:mfa role:ci"],
  ["a role is assumed with a session in the file", role(session), "key role:ci"],
  ["a role is assumed with what the machine has", role({ kind: "ambient", profile: "ci" }), "ambient role:ci"],
  ["a role of a role goes by both", role(role(key, { profile: "hub" })), "key role:hub role:ci"],
];
for (const [name, source, expected] of rows) {
  Deno.test(`plan: ${name}`, () => assert.equal(shown(planOf(source, "me")), expected));
}

function shown({ base, steps }: Plan): string {
  return [
    base.kind,
    ...steps.map((step) =>
      step.kind === "role"
        ? `role:${step.profile}`
        : `session-token:${step.duration}${step.mfaSerial ? ":mfa" : ""}`
    ),
  ].join(" ");
}

Deno.test("the name of a role's session is one that STS takes", () => {
  assert.equal(sessionName("work", "alice"), "credsmith-work-alice");
  assert.equal(sessionName("work", "J. Doe/ü"), "credsmith-work-J.-Doe--");
  assert.equal(sessionName("work", "x".repeat(80)).length, 64);
});

const around = { region: "us-east-1", ambient: "" };
const nameOf = (source: RoleSource | StaticSource, more: Partial<typeof around> = {}) => {
  const plan = planOf(source, "me");
  return entryName(plan, plan.steps.length, { ...around, ...more });
};

Deno.test("an entry's name tells nothing, and is another for everything that it depends on", async () => {
  const base = role(key);
  const names = await Promise.all([
    nameOf(base),
    nameOf(base, { region: "eu-west-1" }),
    nameOf({ ...base, roleArn: `${base.roleArn}2` }),
    nameOf({ ...base, duration: 1800 }),
    nameOf({ ...base, externalId: "x1" }),
    nameOf({ ...base, policy: "{}" }),
    nameOf({ ...base, tags: new Map([["a", "b"]]) }),
    nameOf({ ...base, mfaSerial }),
    nameOf({ ...base, profile: "other" }),
    nameOf(key),
    nameOf({ ...key, credentials: { ...key.credentials, accessKeyId: "AKIAI44QH8DHBEXAMPLE" } }),
    entryName(planOf(base, "me"), 1, { ...around, endpoint: "http://127.0.0.1:1" }),
  ]);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[0-9a-f]{64}$/);
});

Deno.test("an entry's name is the same for what does not matter", async () => {
  const one = role(key, { tags: new Map([["a", "1"], ["b", "2"]]) });
  const other = role({ ...key, profile: "elsewhere" }, { tags: new Map([["b", "2"], ["a", "1"]]) });
  assert.equal(await nameOf(one), await nameOf(other));
});
