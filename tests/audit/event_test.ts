import assert from "node:assert/strict";
import fc from "fast-check";
import { isDenied, readEvent, type Use } from "../../src/audit/event.ts";
import { assertAbsent } from "../support/home.ts";

const key = "AKIAIOSFODNN7EXAMPLE";
const token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";

const record = {
  eventVersion: "1.11",
  userIdentity: {
    type: "IAMUser",
    arn: "arn:aws:iam::123456789012:user/claude-dev",
    accountId: "123456789012",
    accessKeyId: key,
    userName: "claude-dev",
  },
  eventTime: "2026-11-22T10:00:00Z",
  eventSource: "bedrock.amazonaws.com",
  eventName: "ConverseStream",
  awsRegion: "us-east-1",
  sourceIPAddress: "198.51.100.7",
  userAgent: "claude-cli/2.1.0",
  requestParameters: { modelId: "us.anthropic.claude-opus-5" },
  responseElements: null,
  eventID: "b2f1",
};

const use = (more: unknown = {}) =>
  readEvent({ record: JSON.stringify({ ...record, ...more as object }) }, key);

Deno.test("a record of CloudTrail as a use of a key", () => {
  assert.deepEqual({ ...use(), at: String(use()?.at) }, {
    id: "b2f1",
    at: "2026-11-22T10:00:00Z",
    key,
    who: "user/claude-dev",
    address: "198.51.100.7",
    region: "us-east-1",
    service: "bedrock",
    action: "ConverseStream",
    agent: "claude-cli/2.1.0",
    model: "us.anthropic.claude-opus-5",
  });
});

const callers: readonly (readonly [identity: unknown, who: string])[] = [
  [{ type: "Root", arn: "arn:aws:iam::123456789012:root" }, "root"],
  [
    { type: "AssumedRole", arn: "arn:aws:sts::123456789012:assumed-role/ci/run-7" },
    "assumed-role/ci/run-7",
  ],
  [{ type: "IAMUser", userName: "ann" }, "ann"],
  [{ type: "AWSService", invokedBy: "bedrock.amazonaws.com" }, "bedrock.amazonaws.com"],
  [{ type: "Unknown" }, "Unknown"],
  [null, ""],
  [["arn:aws:iam::1:user/x"], ""],
];
for (const [userIdentity, who] of callers) {
  Deno.test(`audit: who ${JSON.stringify(userIdentity)} is`, () => {
    assert.equal(use({ userIdentity })?.who, who);
  });
}

const sessions: readonly (readonly [name: string, more: unknown, made: Use["session"]])[] = [
  ["GetSessionToken", {
    eventName: "GetSessionToken",
    responseElements: { credentials: { accessKeyId: "ASIAIOSFODNN7EXAMPLE", sessionToken: token } },
  }, { key: "ASIAIOSFODNN7EXAMPLE", what: "GetSessionToken" }],
  ["AssumeRole", {
    eventName: "AssumeRole",
    requestParameters: { roleArn: "arn:aws:iam::123456789012:role/ci" },
    responseElements: { credentials: { accessKeyId: "ASIAIOSFODNN7EXAMPLE" } },
  }, { key: "ASIAIOSFODNN7EXAMPLE", what: "role/ci" }],
  ["one that was denied", { eventName: "AssumeRole", errorCode: "AccessDenied" }, undefined],
  ["another request that looks alike", {
    eventName: "Converse",
    responseElements: { credentials: { accessKeyId: "ASIAIOSFODNN7EXAMPLE" } },
  }, undefined],
  ["a key id that is none", {
    eventName: "AssumeRole",
    responseElements: { credentials: { accessKeyId: "\x1b[2J" } },
  }, undefined],
];
for (const [name, more, made] of sessions) {
  Deno.test(`audit: the session of ${name}`, () => assert.deepEqual(use(more)?.session, made));
}

Deno.test("a session's token, which is in the record, is not taken over", () => {
  assertAbsent(JSON.stringify(use(sessions[0]![1])), [token], "what was read");
});

for (
  const [error, denied] of [
    ["AccessDenied", true],
    ["AccessDeniedException", true],
    ["Client.UnauthorizedOperation", true],
    ["UnauthorizedOperation", true],
    ["ThrottlingException", false],
    ["ValidationException", false],
    ["NoSuchEntityException", false],
    [undefined, false],
  ] as const
) {
  Deno.test(`audit: ${error} ${denied ? "is" : "is not"} a denied request`, () => {
    assert.equal(isDenied(use({ errorCode: error })!), denied);
  });
}

const broken: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["no JSON", '{"eventName":'],
  ["a list", "[]"],
  ["a number", "1"],
  ["null", "null"],
  ["no time", JSON.stringify({ ...record, eventTime: "yesterday" })],
  ["a time that is a number", JSON.stringify({ ...record, eventTime: 1 })],
  ["no name", JSON.stringify({ ...record, eventName: {} })],
  ["too deep", "[".repeat(100_000)],
  ["too long", `${JSON.stringify(record)}${" ".repeat(1 << 20)}`],
];
for (const [what, text] of broken) {
  Deno.test(`audit: a record that is ${what} is none`, () => {
    assert.equal(readEvent({ record: text }, key), undefined);
  });
}

Deno.test("a record cannot reach a prototype, and no field is endless", () => {
  const hostile = JSON.stringify(record).replace(
    "{",
    '{"__proto__":{"errorCode":"AccessDenied"},"constructor":{"prototype":{}},',
  );
  assert.equal(readEvent({ record: hostile }, key)?.error, undefined);
  const long = use({ userAgent: "x".repeat(100_000), sourceIPAddress: "y".repeat(100_000) })!;
  assert.ok(long.agent.length <= 512 && long.address.length <= 512);
});

Deno.test("a record may be any JSON: it is read or not, and nothing is thrown", () => {
  const hostile = fc.record(
    Object.fromEntries(Object.keys(record).map((name) => [name, fc.jsonValue()])),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.json(), hostile.map((each) => JSON.stringify(each))), (text) => {
      const found = readEvent({ record: text }, key);
      for (const value of Object.values(found ?? {})) {
        assert.ok(["string", "object"].includes(typeof value));
      }
    }),
  );
});
