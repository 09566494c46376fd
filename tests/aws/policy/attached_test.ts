import assert from "node:assert/strict";
import type { Answer, Connection } from "../../../src/aws/clients.ts";
import { type PolicyRequests, readAttached } from "../../../src/aws/policy/attached.ts";

const at = Temporal.Instant.from("2026-11-22T12:00:00Z");
const seen = { sent: at, received: at };
const connection = {} as Connection;
const good = <T>(value: T): Promise<Answer<T>> => Promise.resolve({ ok: true, value, seen });
const failed = (code: string, status: number): Promise<Answer<never>> =>
  Promise.resolve({
    ok: false,
    seen,
    failure: { service: "iam", code, message: "", status, localTime: at },
  });
const denied = () => failed("AccessDenied", 403);
const text = (action: string) =>
  JSON.stringify({ Statement: { Effect: "Allow", Action: action, Resource: "*" } });
const arn = (name: string) => `arn:aws:iam::123456789012:policy/${name}`;

const requests: PolicyRequests = {
  boundaryOf: () => good({ arn: arn("limits") }),
  groupsOf: () => good(["developers"]),
  inlinePolicies: (_, { kind }) => good(kind === "group" ? [] : ["own"]),
  inlinePolicy: () => good(text("s3:GetObject")),
  attachedPolicies: (_, { kind }) =>
    good(kind === "group" ? [{ name: "team", arn: arn("team") }] : []),
  defaultVersion: () => good("v3"),
  policyVersion: (_, name, version) => good(text(`${name.replace(/^.*\//, "")}:${version}`)),
};
const waits: number[] = [];
const patience = {
  sleep: (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  },
  chance: () => 0.5,
};
const read = (changes: Partial<PolicyRequests>, kind: "user" | "role" = "user") =>
  readAttached({ ...requests, ...changes }, connection, { kind, name: "dev" }, patience);

Deno.test("inline policies, those of groups in force, and the boundary are read", async () => {
  const { policies, boundary, unread, boundaryUnread } = await read({});
  const actions = policies.map(({ name, policy }) => [name, policy.statements[0]?.actions?.[0]]);
  assert.deepEqual(actions, [
    ["own (inline)", "s3:GetObject"],
    ["team (group/developers)", "team:v3"],
  ]);
  assert.equal(boundary?.policy.statements[0]?.actions?.[0], "limits:v3");
  assert.deepEqual([unread, boundaryUnread], [[], false]);
});

Deno.test("a role is in no group", async () => {
  const { policies } = await read({ groupsOf: () => assert.fail("asked") }, "role");
  assert.equal(policies.length, 1);
});

Deno.test("each denied call is named, and the rest is read all the same", async () => {
  const groups = await read({ groupsOf: denied });
  assert.deepEqual(groups.unread, ["the groups of user/dev"]);
  assert.equal(groups.policies.length, 1);
  const version = await read({ policyVersion: denied });
  assert.deepEqual(version.unread, ["the policy team (group/developers)"]);
  assert.equal(version.boundaryUnread, true);
  const boundary = await read({ boundaryOf: denied });
  assert.deepEqual([boundary.unread, boundary.boundaryUnread], [[], true]);
  assert.equal(boundary.failures[0]?.diagnosis?.cause, "access_denied");
});

Deno.test("a policy that cannot be understood is not known", async () => {
  const { unread, policies } = await read({ inlinePolicy: () => good("{") });
  assert.deepEqual(unread, ["the policy own (inline)"]);
  assert.equal(policies.length, 1);
});

Deno.test("throttled reads are repeated with longer waits, and given up in the end", async () => {
  waits.length = 0;
  let asked = 0;
  const slow = () => ++asked < 3 ? failed("Throttling", 400) : good(["developers"]);
  assert.deepEqual((await read({ groupsOf: slow })).unread, []);
  assert.deepEqual(waits, [750, 1500]);
  const never = await read({ groupsOf: () => failed("Throttling", 400) });
  assert.deepEqual(never.unread, ["the groups of user/dev"]);
});
