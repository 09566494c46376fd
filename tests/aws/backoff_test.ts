import assert from "node:assert/strict";
import { pauseAfter } from "../../src/aws/backoff.ts";

Deno.test("pauses double up to the longest, and are spread over their second half", () => {
  const pauses = [1, 2, 3, 7, 40].map((failures) => pauseAfter(failures, 1, 60_000));
  assert.deepEqual(pauses, [1000, 2000, 4000, 60_000, 60_000]);
  assert.equal(pauseAfter(1, 0), 500);
  assert.equal(pauseAfter(2, 0.5), 1500);
});
