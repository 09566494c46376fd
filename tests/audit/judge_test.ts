import assert from "node:assert/strict";
import type { Use } from "../../src/audit/event.ts";
import {
  addressGroup,
  agentFamily,
  judge,
  type KeyState,
  type KnownKey,
  type Mark,
} from "../../src/audit/judge.ts";

const key = "AKIAIOSFODNN7EXAMPLE";
const other = "AKIAI44QH8DHBEXAMPLE";
const session = "ASIAIOSFODNN7EXAMPLE";
const chained = "ASIAI44QH8DHBEXAMPLE";
const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
const days = (count: number) => now.subtract({ hours: 24 * count });
const recently = days(7);

let count = 0;
const use = (daysAgo: number, more: Partial<Use> = {}): Use => ({
  id: `event-${count++}`,
  at: days(daysAgo),
  key,
  who: "user/claude-dev",
  address: "198.51.100.7",
  region: "us-east-1",
  service: "bedrock",
  action: "ConverseStream",
  agent: "claude-cli/2.1.0 (external)",
  ...more,
});

const known = (state: KeyState = "current", since?: Temporal.Instant, id = key): KnownKey => ({
  id,
  profile: "default",
  state,
  ...(since ? { since } : {}),
});

const judged = (
  uses: readonly Use[],
  keys: readonly KnownKey[] = [known()],
  sessions: Parameters<typeof judge>[1]["sessions"] = [],
) => judge(uses, { keys, sessions, recently });

const marked = (mark: Mark) =>
  "values" in mark ? `${mark.kind}: ${mark.values}` : `${mark.kind}: ${mark.count}`;

const cases: readonly (readonly [
  name: string,
  uses: readonly Use[],
  marks: readonly string[],
  keys?: readonly KnownKey[],
])[] = [
  ["the same thing for weeks", [use(30), use(20), use(1)], []],
  ["an address that was not there before", [use(30), use(1, { address: "203.0.113.9" })], [
    "new address: 203.0.113.9",
  ]],
  ["an address that is new no longer", [use(30), use(8, { address: "203.0.113.9" })], []],
  ["an address at the very border", [use(30), use(7, { address: "203.0.113.9" })], [
    "new address: 203.0.113.9",
  ]],
  ["an address that came back", [
    use(30, { address: "203.0.113.9" }),
    use(1, { address: "203.0.113.9" }),
    use(1),
    use(20),
  ], []],
  [
    "another address of the same IPv6 network",
    [use(30, { address: "2001:db8:1:2:3:4:5:6" }), use(1, { address: "2001:db8:1:2::9" })],
    [],
  ],
  ["a service of AWS that asks for somebody", [
    use(30),
    use(1, { address: "bedrock.amazonaws.com" }),
  ], []],
  ["a region that was not there before", [use(30), use(1, { region: "ap-south-1" })], [
    "new region: ap-south-1",
  ]],
  ["a program that was not there before", [use(30), use(1, { agent: "Boto3/1.34" })], [
    "new agent: boto3",
  ]],
  ["the next version of a program", [use(30), use(1, { agent: "claude-cli/3.0.0" })], []],
  ["a service that was not there before", [
    use(30),
    use(1, { service: "iam", action: "ListUsers" }),
  ], ["new service: iam"]],
  ["everything new at once", [
    use(30),
    use(1, {
      address: "203.0.113.9",
      region: "ap-south-1",
      service: "s3",
      action: "ListBuckets",
      agent: "Boto3/1.34",
      error: "AccessDenied",
    }),
  ], [
    "denied: 1",
    "new address: 203.0.113.9",
    "new region: ap-south-1",
    "new agent: boto3",
    "new service: s3",
  ]],
  ["a key that is too young to compare", [use(3), use(1, { address: "203.0.113.9" })], []],
  ["denied calls, young key or not", [use(1, { error: "AccessDeniedException" })], ["denied: 1"]],
  ["failures that are no denials", [use(1, { error: "ThrottlingException" })], []],
  ["an inactive key in use", [use(1)], ["retired key: 1"], [known("inactive", days(2))]],
  ["an inactive key that rests", [use(3)], [], [known("inactive", days(2))]],
  ["a key that hosts may still have", [use(1)], [], [known("leaving", days(2))]],
  ["a key that no host should have", [use(1)], ["retired key: 1"], [known("replaced", days(2))]],
  ["a key that left the file, nobody knows when", [use(9), use(1)], ["retired key: 2"], [
    known("gone"),
  ]],
  ["a key that is on its way into the file", [use(1)], [], [known("coming", days(1))]],
  [
    "a new key of a profile, in the same place as the old one",
    [use(30), use(1, { key: other })],
    [],
    [known("replaced", days(2)), known("current", undefined, other)],
  ],
  ["a key that nobody asked for", [use(1, { key: other, error: "AccessDenied" })], []],
];
for (const [name, uses, marks, keys] of cases) {
  Deno.test(`audit marks ${name}: ${marks.join(", ") || "nothing"}`, () => {
    const { rows } = judged(uses, keys);
    assert.deepEqual(rows.flatMap((row) => row.marks.map(marked)), marks);
  });
}

Deno.test("what one key did for one caller, from one address, in one region, is one row", () => {
  const { rows } = judged([
    use(9),
    use(8),
    use(8, { action: "ListFoundationModels", model: "m" }),
    use(8, { agent: "Boto3/1.34" }),
    use(8, { region: "us-west-2" }),
    use(8, { who: "root" }),
  ]);
  assert.deepEqual(rows.map(({ who, region, count }) => [who, region, count]).sort(), [
    ["root", "us-east-1", 1],
    ["user/claude-dev", "us-east-1", 4],
    ["user/claude-dev", "us-west-2", 1],
  ]);
  const row = rows.find(({ count }) => count === 4)!;
  assert.deepEqual(row.actions, [
    { name: "bedrock:ConverseStream", count: 3 },
    { name: "bedrock:ListFoundationModels", count: 1 },
  ]);
  assert.deepEqual([row.agents, row.models], [["claude-cli", "boto3"], ["m"]]);
  assert.deepEqual([String(row.first), String(row.last)], [String(days(9)), String(days(8))]);
});

Deno.test("the gravest stands first, then the latest", () => {
  const { rows } = judged([
    use(30),
    use(1, { region: "r2" }),
    use(2, { address: "203.0.113.9" }),
    use(3, { region: "us-east-1", address: "203.0.113.8", error: "AccessDenied" }),
    use(10, { who: "root" }),
  ]);
  assert.deepEqual(rows.map(({ marks }) => marks.map(({ kind }) => kind).join("+")), [
    "denied+new address",
    "new address",
    "new region",
    "",
    "",
  ]);
  assert.deepEqual(rows.slice(-2).map(({ who }) => who), ["root", "user/claude-dev"]);
});

Deno.test("sessions belong to the key that they come from, over other sessions too", () => {
  const { rows } = judged(
    [use(30), use(2, { key: session }), use(1, { key: chained })],
    [known("inactive", days(10))],
    [
      { key: session, madeWith: key, what: "GetSessionToken" },
      { key: chained, madeWith: session, what: "role/ci" },
    ],
  );
  assert.deepEqual(
    rows.map(({ key, session, marks }) => [key, session?.what, session?.of, marks.map(marked)]),
    [
      [chained, "role/ci", key, ["retired key: 1"]],
      [session, "GetSessionToken", key, ["retired key: 1"]],
      [key, undefined, undefined, []],
    ],
  );
});

Deno.test("sessions that made one another are nobody's", () => {
  const { rows } = judged([use(1, { key: session })], [known()], [
    { key: session, madeWith: chained, what: "a" },
    { key: chained, madeWith: session, what: "b" },
  ]);
  assert.deepEqual(rows, []);
});

Deno.test("what nothing can be compared with is named, and so are keys without a trace", () => {
  const judgement = judged([use(1)], [known(), known("inactive", undefined, other)]);
  assert.deepEqual(judgement.withoutHistory, ["default"]);
  assert.deepEqual(judgement.unused.map(({ id }) => id), [other]);
});

const addresses = [
  ["198.51.100.7", "198.51.100.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:0002::6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8::2:3:4:5:6", "2001:db8:0:2::/64"],
  ["2001:db8::1:2:3:4:5:6", "2001:db8::1:2:3:4:5:6"],
  ["::1", "0:0:0:0::/64"],
  ["bedrock.amazonaws.com", "bedrock.amazonaws.com"],
  ["\x1b[2J", "\x1b[2J"],
  ["", ""],
] as const;
for (const [address, group] of addresses) {
  Deno.test(`audit: ${JSON.stringify(address)} counts as ${JSON.stringify(group)}`, () => {
    assert.equal(addressGroup(address), group);
  });
}

const agents = [
  ["aws-cli/2.15.1 md/awscrt#0.19.19 ua/2.0", "aws-cli"],
  ["Boto3/1.34.11 md/Botocore#1.34.11", "boto3"],
  ["aws-sdk-js/3.1137.0 ua/2.1 os/linux", "aws-sdk-js"],
  ["[aws-cli/1.16 Python/3.6]", "aws-cli"],
  ["Mozilla/5.0 (X11; Linux x86_64)", "mozilla"],
  ["AWS Internal", "aws"],
  ["bedrock.amazonaws.com", "bedrock.amazonaws.com"],
  ["", "unknown"],
  ["\x1b]0;owned\x07", "\x1b]0;owned\x07"],
] as const;
for (const [agent, family] of agents) {
  Deno.test(`audit: the program of ${JSON.stringify(agent)} is ${JSON.stringify(family)}`, () => {
    assert.equal(agentFamily(agent), family);
  });
}
