import assert from "node:assert/strict";
import { freshness, localExpiry, type Wish } from "../../../src/aws/session/freshness.ts";

const issued = Temporal.Instant.from("2026-11-22T10:00:00Z");
const minutes = (count: number) => issued.add({ seconds: Math.round(count * 60) });

// deno-fmt-ignore -- a table: a session of that many minutes, looked at so many before its end
const rows: readonly (readonly [string, number, number, Wish, string])[] = [
  ["is fresh with 21 minutes left", 60, 21, {}, "fresh"],
  ["is due with 20 minutes left", 60, 20, {}, "due"],
  ["is due with 15 minutes left", 60, 15, {}, "due"],
  ["is spent with less than 15", 60, 14.9, {}, "spent"],
  ["is spent once it has expired", 60, -1, {}, "spent"],
  ["is due where more is wanted than is left", 60, 30, { atLeast: 45 * 60 }, "due"],
  ["is fresh where more is wanted than it ever had", 60, 56, { atLeast: 3 * 3600 }, "fresh"],
  ["of half an hour is good for ten minutes", 30, 21, {}, "fresh"],
  ["signs to its last minute", 60, 1, { toSign: true }, "fresh"],
  ["does not sign in its last minute", 60, 0.5, { toSign: true }, "spent"],
  ["from before it was asked for is not fresh", 60, 50, { since: minutes(1) }, "due"],
  ["from after it was asked for is fresh", 60, 50, { since: minutes(-1) }, "fresh"],
  ["that signs has to be as new", 60, 50, { since: minutes(1), toSign: true }, "due"],
];
for (const [name, length, left, wish, expected] of rows) {
  Deno.test(`a session ${name}`, () => {
    const lifetime = { issued, expires: minutes(length) };
    assert.equal(freshness(lifetime, minutes(length - left), wish), expected);
  });
}

Deno.test("a session from the future is spent: the clock was set back", () => {
  const lifetime = { issued, expires: minutes(720) };
  assert.equal(freshness(lifetime, minutes(-2)), "spent");
  assert.equal(freshness(lifetime, minutes(-0.5)), "fresh");
});

Deno.test("a session ends by the clock that is ahead of the other", () => {
  const expires = minutes(60);
  const cases = [
    ["no date in the answer", undefined, expires],
    ["clocks that agree", issued, expires],
    ["a header cut to seconds", issued.add({ seconds: 1 }), expires],
    ["a clock that is 10 minutes behind", minutes(10), minutes(50)],
    ["a clock that is 10 minutes ahead", minutes(-10), expires],
  ] as const;
  for (const [name, server, expected] of cases) {
    assert.equal(localExpiry(expires, server, issued).toString(), expected.toString(), name);
  }
});
