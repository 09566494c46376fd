import assert from "node:assert/strict";
import fc from "fast-check";
import {
  actionCovers,
  arnCovers,
  arnsOverlap,
  covers,
  overlap,
} from "../../../src/aws/policy/patterns.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 7 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
const regexp = (each: string) => new RegExp(`^${each.replaceAll("*", ".*").replaceAll("?", ".")}$`);

Deno.test("a pattern covers what a regular expression matches", () => {
  fc.assert(
    fc.property(pattern, text, (each, given) => {
      assert.equal(covers(each, given), regexp(each).test(given));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a pattern that covers another covers all that it does", () => {
  fc.assert(
    fc.property(pattern, pattern, text, (wide, narrow, given) => {
      fc.pre(covers(wide, narrow) && covers(narrow, given));
      assert.ok(covers(wide, given));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("patterns that have a text in common overlap", () => {
  fc.assert(
    fc.property(pattern, pattern, text, (a, b, given) => {
      fc.pre(covers(a, given) && covers(b, given));
      assert.ok(overlap(a, b) && overlap(b, a));
    }),
    { numRuns: 1000 },
  );
  assert.ok(!overlap("a*", "b*"));
  assert.ok(!overlap("?", ""));
});

Deno.test("many stars take no longer than their number times the text's length", () => {
  const stars = "a*".repeat(500);
  assert.ok(!covers(`${stars}b`, "a".repeat(5000)));
  assert.ok(!overlap(`${"*a".repeat(100)}b`, `${"*a".repeat(100)}c`));
});

Deno.test("parts of ARNs are compared one by one, actions without their capitals", () => {
  const arn = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5";
  assert.ok(arnCovers("arn:aws:bedrock:*::foundation-model/*", arn));
  assert.ok(!arnCovers("arn:aws:bedrock:*:foundation-model/*", arn));
  assert.ok(!arnCovers("arn:aws:bedrock:*:1*:foundation-model/*", arn));
  assert.ok(arnCovers("arn:aws:bedrock:*::foundation-model/*", arn.replace("us-east-1", "*")));
  assert.ok(!arnCovers(arn, arn.replace("us-east-1", "*")));
  assert.ok(arnsOverlap("arn:aws:bedrock:us-*::*", arn.replace("us-east-1", "*-1")));
  assert.ok(actionCovers("IAM:list*", "iam:ListAccessKeys"));
});
