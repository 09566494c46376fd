import assert from "node:assert/strict";
import { apiKeyEnd } from "../../src/status/api_key.ts";
import { type Credential, daysOf, saidOf } from "../../src/status/credential.ts";
import { compareJudged, isBad, judge, remindAhead, states } from "../../src/status/judge.ts";
import { keyDatesText, parseKeyDates } from "../../src/status/key_dates.ts";

const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
const ago = (days: number, hours = 0) => now.subtract({ hours: days * 24 + hours });
const ahead = (minutes: number) => now.add({ minutes });
const key = (more: Partial<Credential> = {}): Credential => ({
  profile: "default",
  kind: "key",
  id: "AKIAIOSFODNN7EXAMPLE",
  ...more,
});
const rotation = {
  step: 5,
  of: 8,
  aborting: false,
  promoted: true,
  started: ago(1),
};

const cases: readonly (readonly [string, Credential, string, number?])[] = [
  ["a new key", key({ created: ago(0) }), "ok"],
  ["75 days and 23 hours", key({ created: ago(75, 23) }), "ok"],
  ["76 days", key({ created: ago(76) }), "due"],
  ["89 days and 23 hours", key({ created: ago(89, 23) }), "due"],
  ["90 days to the second", key({ created: ago(90) }), "overdue"],
  ["97 days", key({ created: ago(97) }), "overdue"],
  ["a year, with a limit of ten", key({ created: ago(365), rotateAfterDays: 3650 }), "ok"],
  ["30 days, with a limit of 30", key({ created: ago(30), rotateAfterDays: 30 }), "overdue"],
  ["25 days, with a limit of 30", key({ created: ago(25), rotateAfterDays: 30 }), "due"],
  ["24 days, with a limit of 30", key({ created: ago(24), rotateAfterDays: 30 }), "ok"],
  ["half a day, with a limit of 1", key({ created: ago(0, 12), rotateAfterDays: 1 }), "due"],
  ["100 days, with --max-age 120", key({ created: ago(100) }), "ok", 120],
  [
    "a limit of its own beside --max-age",
    key({ created: ago(40), rotateAfterDays: 30 }),
    "overdue",
    365,
  ],
  ["made tomorrow, by a clock that is behind", key({ created: ahead(1440) }), "ok"],
  ["no date", key(), "unknown"],
  [
    "no date, and the file says long ago",
    key({ said: saidOf({ created: "2020-01-01" })! }),
    "unknown",
  ],
  ["refused by STS", key({ refused: "key_unknown" }), "invalid"],
  ["refused by STS although young", key({ refused: "secret_wrong", created: ago(1) }), "invalid"],
  ["refused while it rotates", key({ refused: "key_unknown", rotation }), "invalid"],
  [
    "a session that STS calls expired",
    key({ kind: "session", refused: "token_expired" }),
    "expired",
  ],
  ["rotating, with the new key in the file", key({ created: ago(0), rotation }), "rotating"],
  ["rotating for longer than a key may live", key({ created: ago(91), rotation }), "rotating"],
  [
    "rotating, with the old key in the file, which is overdue",
    key({ created: ago(97), rotation: { ...rotation, step: 3, promoted: false } }),
    "overdue",
  ],
  [
    "rotating, with the old key in the file, which is due",
    key({ created: ago(80), rotation: { ...rotation, step: 3, promoted: false } }),
    "rotating",
  ],
  ["rotating without a date", key({ rotation }), "rotating"],
  ["a role", key({ kind: "role" }), "ok"],
  ["a role whose cached session is over", key({ kind: "role", expires: ahead(-1) }), "ok"],
  ["a role by a key of its own that is old", key({ kind: "role", created: ago(97) }), "overdue"],
  ["what is around", key({ kind: "ambient" }), "ok"],
  ["an API key that ends now", key({ kind: "api-key", expires: now }), "expired"],
  ["an API key that ends later", key({ kind: "api-key", expires: ahead(1) }), "ok"],
  ["an API key that says nothing", key({ kind: "api-key" }), "unknown"],
  ["a session in the file", key({ kind: "session" }), "unknown"],
  ["a key whose cached session is over", key({ created: ago(1), expires: ahead(-5) }), "ok"],
  ["a login that is over", key({ kind: "login", expires: ahead(-1) }), "expired"],
  ["a login", key({ kind: "login", expires: ahead(1440) }), "ok"],
];

for (const [name, credential, state, maxAgeDays = 90] of cases) {
  Deno.test(`judge: ${name} -> ${state}`, () => {
    assert.equal(judge(credential, { now, maxAgeDays }).state, state);
  });
}

Deno.test("judge: whole days, and the days over", () => {
  const { ageDays, overDays, rotateBy } = judge(key({ created: ago(97, 5) }), {
    now,
    maxAgeDays: 90,
  });
  assert.deepEqual([ageDays, overDays], [97, 7]);
  assert.equal(String(rotateBy), String(ago(7, 5)));
});

Deno.test("worst first, and among equals the one that is over first", () => {
  const judged = [
    key({ profile: "fine", created: ago(3) }),
    key({ profile: "finer", created: ago(2) }),
    key({ profile: "nothing" }),
    key({ profile: "told", said: saidOf({ rotateBy: "2026-12-01" })! }),
    key({ profile: "soon", created: ago(80) }),
    key({ profile: "sooner", created: ago(85) }),
    key({ profile: "moving", rotation }),
    key({ profile: "wrong", refused: "secret_wrong" }),
    key({ profile: "over", kind: "api-key", expires: ahead(-1) }),
    key({ profile: "old", created: ago(91) }),
    key({ profile: "older", created: ago(300) }),
    key({ profile: "a-role", kind: "role" }),
  ].map((each) => judge(each, { now, maxAgeDays: 90 }));
  judged.sort(compareJudged);
  assert.deepEqual(judged.map(({ profile }) => profile), [
    "older",
    "old",
    "over",
    "wrong",
    "moving",
    "sooner",
    "soon",
    "told",
    "nothing",
    "fine",
    "finer",
    "a-role",
  ]);
  assert.deepEqual(judged.filter(isBad).map(({ profile }) => profile), [
    "older",
    "old",
    "over",
    "wrong",
  ]);
});

Deno.test("every state has its place", () => {
  assert.deepEqual(states, ["overdue", "expired", "invalid", "rotating", "due", "unknown", "ok"]);
  assert.deepEqual([1, 7, 30, 90, 365].map(remindAhead), [1, 2, 5, 14, 14]);
});

Deno.test("what a file says counts only where it is a date", () => {
  assert.deepEqual(saidOf({}), undefined);
  assert.deepEqual(saidOf({ created: "yesterday", rotateBy: "2026-13-45" }), undefined);
  const said = saidOf({ created: "2026-08-24T10:00:00Z", rotateBy: "2026-11-22" });
  assert.equal(String(said?.created), "2026-08-24");
  assert.equal(String(said?.rotateBy), "2026-11-22");
  for (const text of ["", "0", "-1", "1.5", "9999", "90 days", "٣"]) {
    assert.equal(daysOf(text), undefined, text);
  }
  assert.deepEqual(["1", "90", " 3650 "].map(daysOf), [1, 90, 3650]);
});

Deno.test("a short-term Bedrock API key says when it ends, a long-term one does not", () => {
  const url = "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261122%2Fus-east-1%2Fbedrock%2Faws4_request" +
    "&X-Amz-Date=20261122T100000Z&X-Amz-Expires=43200&X-Amz-Signature=00&Version=1";
  assert.equal(String(apiKeyEnd(`bedrock-api-key-${btoa(url)}`)), "2026-11-22T22:00:00Z");
  for (
    const token of [
      "",
      `ABSK${btoa("BedrockAPIKey-abcd-at-123456789012:c2VjcmV0")}`,
      "bedrock-api-key-!",
      `bedrock-api-key-${
        btoa("bedrock.amazonaws.com/?X-Amz-Date=20261322T100000Z&X-Amz-Expires=1")
      }`,
      `bedrock-api-key-${btoa("X-Amz-Date=20261122T100000Z&X-Amz-Expires=1e9")}`,
    ]
  ) assert.equal(apiKeyEnd(token), undefined, token);
});

Deno.test("dates of keys are remembered; what is not right is forgotten", () => {
  const dates = new Map([["AKIAIOSFODNN7EXAMPLE", ago(1)], ["AKIAI44QH8DHBEXAMPLE", ago(2)]]);
  const again = parseKeyDates(keyDatesText(dates));
  assert.deepEqual([...again].map(String), [...dates].map(String));
  for (
    const text of ["", "{}", "null", '{"version":2,"created":{}}', '{"version":1,"created":3}']
  ) {
    assert.equal(parseKeyDates(text).size, 0, text);
  }
  const some =
    '{"version":1,"created":{"AKIAIOSFODNN7EXAMPLE":"2026-11-22T10:00:00Z","x":"y","AKIAI44QH8DHBEXAMPLE":3}}';
  assert.deepEqual([...parseKeyDates(some).keys()], ["AKIAIOSFODNN7EXAMPLE"]);
});
