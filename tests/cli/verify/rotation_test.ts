import assert from "node:assert/strict";
import { type Lifecycle, rotationOf } from "../../../src/cli/verify/rotation.ts";

const today = Temporal.PlainDate.from("2026-11-22");
const limits = { remindAfterDays: 76, maxAgeDays: 90 };

// deno-fmt-ignore -- a table
const cases: readonly (readonly [string, Lifecycle, string | undefined])[] = [
  ["a young key", { created: "2026-11-01" }, "rotate by 2027-01-30"],
  ["a key on the day before", { created: "2026-09-08" }, "rotate by 2026-12-07"],
  ["a key on the day", { created: "2026-09-07" }, "rotation due by 2026-12-06"],
  ["a key with a time", { created: "2026-09-07T23:59:59Z" }, "rotation due by 2026-12-06"],
  ["a key of 90 days", { created: "2026-08-24" }, "rotation overdue since 2026-11-22"],
  ["a day that the file names", { created: "2026-11-01", rotateBy: "2026-12-24" }, "rotate by 2026-12-24"],
  ["a day that is near", { rotateBy: "2026-12-06" }, "rotation due by 2026-12-06"],
  ["a day that is past", { rotateBy: "2026-11-21" }, "rotation overdue since 2026-11-21"],
  ["nothing", {}, undefined],
  ["no date", { created: "last week" }, undefined],
];
for (const [name, lifecycle, text] of cases) {
  Deno.test(`rotation: ${name} -> ${text ?? "nothing to say"}`, () => {
    assert.equal(rotationOf(lifecycle, limits, today)?.text, text);
  });
}
