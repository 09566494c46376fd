import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";

const value = "wJalrXUtnFEMI";
const cases: [string[], RegExp][] = [
  [["get", "a", value], /^Too many arguments: at most 1 expected$/m],
  [["lock", value], /^There are arguments, and this command takes none$/m],
  [["load-env", "--shell", value], /^--shell is one of .*fish/m],
  [["get", "--fil", value], /^There is no flag "--fil"; did you mean --file$/m],
  [["get", "-z", value], /^There is no flag "-z"$/m],
  [["get", "-f"], /^--file needs a value$/m],
  [["get", "-f", "a", "-f", value], /^--file is given twice$/m],
  [["set"], /is missing$/m],
];
for (const [args, words] of cases) {
  Deno.test(`credsmith ${args.join(" ")}: exit 2, and the value is not repeated`, async () => {
    await using home = await temporaryHome();
    const { code, stdout, stderr } = await home.run(args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, words);
    assert.match(stderr, new RegExp(`^ {2}credsmith ${args[0]} --help shows how it is used$`, "m"));
    assert.ok(!stderr.includes(value), stderr);
  });
}

Deno.test("with --json a wrong use is one document on stdout as well", async () => {
  await using home = await temporaryHome();
  const { code, stdout } = await home.run(["get", "--json", "a", value]);
  assert.equal(code, 2);
  const { version, ok, exit, cause, message } = JSON.parse(stdout);
  assert.deepEqual([version, ok, exit, cause], [1, false, 2, "usage"]);
  assert.equal(message, "Too many arguments: at most 1 expected");
});
