import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { assertAbsent } from "../support/home.ts";
import { file, homeFor, keysOf, plainOf, rotateIn, timeOf } from "./support.ts";

Deno.test("a rotation, from the first run to the last", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  const time = timeOf(standin);
  const run = (flags = {}) => rotateIn(home, standin.env, time, flags);
  const before = await plainOf(home);

  const first = await run();
  assert.equal(first.code, 0, first.stderr);
  const [, fresh] = keysOf(standin);
  const { id, secret } = fresh!;
  assert.equal(
    first.stdout,
    `default, ${file}, user/claude-dev, 123456789012
  ok    intent    ${exampleKey.id} of user/claude-dev is to be replaced
  ok    staged    ${id}, encrypted in ${file}
  ok    proved    STS knows the new key, 5 times in a row
  ok    promoted  ${id} is the key of ${file}
  wait  deployed  every host has ${id}
  -     quiet
  -     inactive
  -     deleted
Step 5 of 8. Next: git commit -m "Rotate the key of default" ${file}
  then bring it to every host, and: credsmith rotate --continue --deployed
`,
  );
  const promoted = await plainOf(home);
  assert.match(promoted, new RegExp(`^aws_access_key_id: ${id}$`, "m"));
  assert.match(promoted, new RegExp(`old_secret_access_key: ${exampleKey.secret}$`, "m"));
  assertAbsent(await home.read(file), [secret, exampleKey.secret], "the file");

  const second = await run({ continue: true, deployed: true });
  assert.match(second.stdout, /^ {2}wait {2}quiet {5}no use of AKIAIOSFODNN7EXAMPLE until /m);
  time.pass(3700);
  const third = await run({ continue: true });
  assert.match(third.stdout, /^ {2}ok {4}inactive {2}AKIAIOSFODNN7EXAMPLE, since /m);
  assert.match(third.stdout, /"aws:TokenIssueTime": "\d{4}-/);
  assert.equal(standin.state.keys.get(exampleKey.id)?.status, "Inactive");
  time.pass(24 * 3600 - 60);
  const early = await run({ continue: true });
  assert.match(early.stdout, /^ {2}wait {2}deleted {3}from /m);
  assert.equal(keysOf(standin).length, 2);
  time.pass(60);
  const last = await run({ continue: true });
  assert.equal(last.code, 0, last.stderr);
  assert.match(last.stdout, new RegExp(`^Done: ${id} took the place of ${exampleKey.id}$`, "m"));

  assert.deepEqual(keysOf(standin).map((key) => [key.id, key.status]), [[id, "Active"]]);
  const expected = before.replace(exampleKey.id, id).replace(exampleKey.secret, secret);
  assert.equal(await plainOf(home), expected);
  for (const { stdout, stderr } of [first, second, third, early, last]) {
    assertAbsent(stdout + stderr, [secret, exampleKey.secret], "what was printed");
  }
});
