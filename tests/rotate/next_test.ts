import assert from "node:assert/strict";
import type { Journal, Step } from "../../src/rotate/journal.ts";
import type { KeyView } from "../../src/rotate/keys.ts";
import { hindrance, next, type Situation } from "../../src/rotate/next.ts";
import { ownerOf } from "../../src/rotate/owner.ts";

const old = "AKIAOLDOLDOLDOLDOLD1";
const fresh = "AKIANEWNEWNEWNEWNEW1";
const stranger = "AKIASTRANGERSTRANGE1";
const begun = Temporal.Instant.from("2026-11-22T10:00:00Z");
const after = (minutes: number) => begun.add({ minutes });

function journal(step: Step, more: Partial<Journal> = {}): Journal {
  return {
    profile: "default",
    attempt: "0123456789abcdef",
    step,
    account: "123456789012",
    user: "claude-dev",
    arn: "arn:aws:iam::123456789012:user/claude-dev",
    started: begun,
    existing: [old],
    old: { id: old },
    ...(step === "intent" ? {} : { new: { id: fresh } }),
    soak: 24 * 3600,
    quiet: 3600,
    promoted: after(1),
    deployed: after(2),
    inactive: after(62),
    revoke: false,
    ...more,
  };
}

function key(id: string, more: Partial<KeyView> = {}): KeyView {
  const created = id === old ? begun.subtract({ hours: 2000 }) : begun;
  return { id, active: true, created, ...more };
}

function situation(step: Step, more: Partial<Situation> = {}, about: Partial<Journal> = {}) {
  const promoted = !["intent", "staged", "proved"].includes(step);
  return {
    journal: journal(step, about),
    live: promoted ? fresh : old,
    keys: step === "intent" ? [key(old)] : [key(old), key(fresh)],
    now: after(63),
    told: { deployed: false, unused: false },
    ...more,
  };
}

const unused = { lastUse: {} };
const usedAt = (at: Temporal.Instant, service = "bedrock") => ({ lastUse: { at, service } });
const gone = { keys: [key(fresh)] };
const told = { deployed: true, unused: false };

const cases: readonly (readonly [name: string, situation: Situation, expected: string])[] = [
  ["an intent alone", situation("intent"), "create"],
  [
    "a key that was made after the intent and never used",
    situation("intent", { keys: [key(old), key(stranger, unused)] }),
    "remove orphan",
  ],
  [
    "one whose use may not be seen",
    situation("intent", { keys: [key(old), key(stranger, { lastUse: "unknown" })] }),
    "remove orphan",
  ],
  [
    "one that was used",
    situation("intent", { keys: [key(old), key(stranger, usedAt(after(1)))] }),
    "third key",
  ],
  [
    "one that is older than the intent",
    situation("intent", {
      keys: [key(old), key(stranger, { ...unused, created: begun.subtract({ seconds: 1 }) })],
    }),
    "third key",
  ],
  [
    "one that was there before",
    situation("intent", { keys: [key(old), key(stranger, unused)] }, { existing: [old, stranger] }),
    "create",
  ],
  ["a profile whose key was changed", situation("intent", { live: stranger }), "stop: key changed"],
  ["a staged key", situation("staged"), "prove"],
  [
    "a staged key beside a third one",
    situation("staged", {
      keys: [key(old), key(fresh), key(stranger)],
    }),
    "third key",
  ],
  ["a proved key", situation("proved"), "promote"],
  ["a proved key, another one live", situation("proved", { live: fresh }), "stop: key changed"],
  ["a promoted key", situation("promoted"), "wait: deployment"],
  ["a promoted key, told", situation("promoted", { told }), "note deployed"],
  [
    "a promoted key that others use",
    situation("promoted", { keys: [key(old), key(fresh, usedAt(after(2)))] }),
    "note deployed",
  ],
  [
    "a promoted key that only we use",
    situation("promoted", { keys: [key(old), key(fresh, usedAt(after(2), "iam"))] }),
    "wait: deployment",
  ],
  [
    "a promoted key that proved itself before",
    situation("promoted", { keys: [key(old), key(fresh, usedAt(begun))] }),
    "wait: deployment",
  ],
  [
    "an old key that was not used since",
    situation("deployed", { keys: [key(old, usedAt(begun)), key(fresh)] }),
    "note quiet",
  ],
  [
    "an old key that was used since",
    situation("deployed", { keys: [key(old, usedAt(after(30))), key(fresh)] }),
    "wait: quiet until 2026-11-22T11:30:00Z",
  ],
  [
    "an old key, too early",
    situation("deployed", { keys: [key(old, unused), key(fresh)], now: after(10) }),
    "wait: quiet until 2026-11-22T11:02:00Z",
  ],
  [
    "an old key whose use may not be seen",
    situation("deployed", { keys: [key(old, { lastUse: "unknown" }), key(fresh)] }),
    "wait: sight",
  ],
  [
    "the same, told",
    situation("deployed", {
      keys: [key(old, { lastUse: "unknown" }), key(fresh)],
      told: { deployed: false, unused: true },
    }),
    "note quiet",
  ],
  [
    "an old key in use, told that it is not",
    situation("deployed", {
      keys: [key(old, usedAt(after(30))), key(fresh)],
      told: { deployed: false, unused: true },
    }),
    "wait: quiet until 2026-11-22T11:30:00Z",
  ],
  ["an old key that somebody deleted", situation("deployed", gone), "finish"],
  ["a quiet key", situation("quiet"), "deactivate"],
  [
    "a quiet key, the new one inactive",
    situation("quiet", { keys: [key(old), key(fresh, { active: false })] }),
    "stop: new key inactive",
  ],
  ["a quiet key, the new one gone", situation("quiet", { keys: [key(old)] }), "stop: new key gone"],
  ["a quiet key that is live", situation("quiet", { live: old }), "stop: key changed"],
  [
    "an inactive key, too early",
    situation("inactive", { keys: [key(old, { active: false }), key(fresh)] }),
    "wait: soak until 2026-11-23T11:02:00Z",
  ],
  [
    "an inactive key, a day later",
    situation("inactive", {
      keys: [key(old, { active: false }), key(fresh)],
      now: after(62 + 24 * 60),
    }),
    `delete ${old}`,
  ],
  [
    "an inactive key, the new one inactive as well",
    situation("inactive", {
      keys: [key(old, { active: false }), key(fresh, { active: false })],
      now: after(62 + 24 * 60),
    }),
    "stop: new key inactive",
  ],
  ["an inactive key that somebody activated", situation("inactive"), "watch again"],
  [
    "an inactive key whose sessions are to go",
    situation("inactive", { keys: [key(old, { active: false }), key(fresh)] }, { revoke: true }),
    "revoke",
  ],
  ["an abort before a key was made", situation("intent", {}, { abort: "begun" }), "finish"],
  [
    "an abort beside an orphan",
    situation("intent", { keys: [key(old), key(stranger, unused)] }, { abort: "begun" }),
    "remove orphan",
  ],
  ["an abort of a staged key", situation("staged", {}, { abort: "begun" }), `delete ${fresh}`],
  [
    "an abort of a staged key that is in no list yet",
    situation("staged", { keys: [key(old)] }, { abort: "begun" }),
    `delete ${fresh}`,
  ],
  [
    "an abort of a staged key, the old one inactive",
    situation("staged", { keys: [key(old, { active: false }), key(fresh)] }, { abort: "begun" }),
    "stop: old key inactive",
  ],
  ["an abort after the promotion", situation("promoted", {}, { abort: "begun" }), "restore"],
  [
    "an abort after the deactivation",
    situation(
      "inactive",
      { keys: [key(old, { active: false }), key(fresh)] },
      { abort: "begun" },
    ),
    "reactivate",
  ],
  [
    "an abort after the deletion",
    situation("inactive", gone, { abort: "begun" }),
    "stop: too late",
  ],
  [
    "a restored key",
    situation("inactive", { live: old }, { abort: "restored" }),
    "wait: deployment",
  ],
  [
    "a restored key, told",
    situation("inactive", { live: old, told }, { abort: "restored" }),
    "note deployed",
  ],
  [
    "a restored key that every host has",
    situation("inactive", { live: old }, { abort: "deployed" }),
    `delete ${fresh}`,
  ],
];

for (const [name, given, expected] of cases) {
  Deno.test(`the next step after ${name}: ${expected}`, () => {
    const step = next(given);
    const words = step.do === "stop"
      ? `stop: ${step.why}`
      : step.do === "wait"
      ? `wait: ${step.for.what}${"until" in step.for ? ` until ${step.for.until}` : ""}`
      : step.do === "delete"
      ? `delete ${step.id}`
      : step.do;
    assert.equal(words, expected);
  });
}

Deno.test("no key is taken away that is live, unknown, or the last that is active", () => {
  const ids = [old, fresh, stranger, undefined];
  const states = [undefined, false, true];
  for (const live of ids) {
    for (const oldActive of states) {
      for (const newActive of states) {
        for (const [target, other] of [[old, fresh], [fresh, old]] as const) {
          const keys = [
            ...(oldActive === undefined ? [] : [key(old, { active: oldActive })]),
            ...(newActive === undefined ? [] : [key(fresh, { active: newActive })]),
          ];
          const rest = other === old ? oldActive : newActive;
          const there = (target === old ? oldActive : newActive) !== undefined;
          const may = hindrance({ journal: journal("quiet"), keys, live }, target, other);
          assert.equal(may === undefined, live === other && rest === true && there);
        }
      }
    }
  }
});

const owners = [
  ["arn:aws:iam::123456789012:user/claude-dev", "claude-dev"],
  ["arn:aws:iam::123456789012:user/team/ai/claude-dev", "claude-dev"],
  ["arn:aws-cn:iam::123456789012:user/claude-dev", "claude-dev"],
  ["arn:aws:iam::123456789012:root", "root"],
  ["arn:aws:sts::123456789012:assumed-role/ci/session", "assumed role"],
  [
    "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/me",
    "single sign-on",
  ],
  ["arn:aws:sts::123456789012:federated-user/me", "federated user"],
  ["arn:aws:sts::123456789012:something/else", "unknown"],
  ["no ARN", "unknown"],
] as const;

for (const [arn, expected] of owners) {
  Deno.test(`${arn} belongs to ${expected}`, () => {
    const owner = ownerOf(arn);
    assert.equal(owner.kind === "user" ? owner.user : owner.owner, expected);
  });
}
