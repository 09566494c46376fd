import { deepEqual, equal } from "node:assert/strict";
import { batches, countsOf, verdictOf } from "./batches.ts";

Deno.test("every test file is in one batch, and the slow folders come first", () => {
  const files = ["a", "b", "c", "d", "e"].map((name) => `tests/cli/${name}_test.ts`);
  const all = batches([...files, "tests/rotate/x_test.ts", "tests/layers_test.ts"]);
  deepEqual(all[0], ["tests/rotate/x_test.ts"]);
  deepEqual(all.flat().toSorted(), [...files, "tests/layers_test.ts", "tests/rotate/x_test.ts"]);
  deepEqual(batches(files).map((batch) => batch.length), [4, 1]);
});

const report = `<testsuites><testsuite name="x" tests="4" disabled="1" errors="0" failures="1">
<testcase name="fine" time="1"></testcase>
<testcase name="says &quot;no&quot; &amp; it&apos;s &lt;fine&gt;" time="1">
  <failure message="m">text</failure></testcase>
<testcase name="needs nix"><skipped/></testcase>
<testcase name="fine too"></testcase></testsuite></testsuites>`;

Deno.test("failed and skipped tests are counted and named", () => {
  const verdict = verdictOf(report, 1);
  deepEqual(verdict.failedNames, [`says "no" & it's <fine>`]);
  deepEqual(verdict.skippedNames, ["needs nix"]);
  deepEqual(countsOf([verdict, verdict]), { passed: 4, failed: 2, skipped: 2 });
});

for (const [what, xml] of [["leaves no report", ""], ["fails beside its tests", "<testsuites/>"]]) {
  Deno.test(`a run that ${what} has failed`, () => {
    equal(countsOf([verdictOf(xml!, 1)]).failed, 1);
    equal(countsOf([verdictOf(xml!, 0)]).failed, 0);
  });
}
