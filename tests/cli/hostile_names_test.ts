import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { encrypted, homeWithSecrets } from "../support/sops_file.ts";

const escape = "\x1b";
const names = {
  [`red${escape}[31m`]: "red\\u001b[31m",
  [`title${escape}]0;x\x07`]: "title\\u001b]0;x\\u0007",
  "two\nlines": "two\\u000alines",
  "over\rwritten": "over\\u000dwritten",
  "c1\x9b2J": "c1\\u009b2J",
  "turned\u202eround": "turned\\u202eround",
  "$(touch pwned)": "$(touch pwned)",
  "日本": "日本",
};
const file = "secrets/hostile.json";

async function hostileHome() {
  return await temporaryHome({
    ...await homeWithSecrets(),
    [file]: await encrypted(
      JSON.stringify({ m: Object.fromEntries(Object.keys(names).map((name) => [name, "v"])) }),
      { format: "json" },
    ),
  });
}

Deno.test("get lists names that would steer a terminal as escapes, each on one line", async () => {
  await using home = await hostileHome();
  const { stdout } = await home.run(["get", "-f", file]);
  assert.deepEqual(stdout.trimEnd().split("\n"), Object.values(names).map((name) => `m/${name}`));
});

Deno.test("get --json gives names as they are, without a byte that would steer a terminal", async () => {
  await using home = await hostileHome();
  const { stdout } = await home.run(["get", "-f", file, "--json"]);
  assertHarmless(stdout);
  const { leaves } = JSON.parse(stdout) as { leaves: { path: string }[] };
  assert.deepEqual(leaves.map(({ path }) => path), Object.keys(names).map((name) => `m/${name}`));
});

const messages: readonly (readonly [string, readonly string[]])[] = [
  ["a map that was asked for", ["get", "-f", file, "m"]],
  ["what would be removed", ["unset", "-f", file, "m", "--dry-run"]],
  ["what was removed", ["unset", "-f", file, "m", "--yes"]],
  ["a file that is not there", ["get", "-f", `no${escape}[2J.yaml`]],
  ["a path that is not there", ["get", "-f", file, `no${escape}[2J`]],
  ["a profile that is not there", ["exec", "-f", file, `no${escape}[2J`, "--", "true"]],
  ["a program that is not there", ["exec", "--static", "-f", file, "--", `no${escape}[2J`]],
  ["a file to destroy", ["shred", "--dry-run", `no${escape}[2J`]],
  ["a file for sops", ["sops", "-d", `no${escape}[2J`]],
  ["a flag for sops", ["sops", "-d", `--no${escape}[2J`]],
  ["a flag", ["get", `--no${escape}[2J`]],
];
for (const [what, args] of messages) {
  Deno.test(`a message about ${what} does not steer the terminal`, async () => {
    await using home = await hostileHome();
    const { stdout, stderr } = await home.run(args);
    assertHarmless(stdout + stderr);
    assert.ok(stdout + stderr);
  });
}

Deno.test("a recipient with line ends does not look like a finding of verify", async () => {
  await using home = await hostileHome();
  const text = (await home.read("secrets/aws.yaml")).replace(
    /^( *) {2}recipient: age1.*\n/m,
    '$&$1- enc: x\n$1  recipient: "age1x\\n  ok    rules     all is well"\n',
  );
  await home.write("secrets/aws.yaml", text);
  const { stdout } = await home.run(["verify", "--offline"]);
  assert.match(stdout, /recipient_not_in_rule/);
  assert.doesNotMatch(stdout, /^ +ok +rules +all is well/m);
  assertHarmless(stdout);
});

Deno.test("completion does not offer a name that a shell would act upon", async () => {
  await using home = await hostileHome();
  const { stdout } = await home.run(["__complete", "get", ""], { env: { CREDSMITH_FILE: file } });
  assert.doesNotMatch(stdout, /touch|\[31m|lines/);
  const plain = await home.run(["__complete", "get", ""]);
  assert.match(plain.stdout, /^bedrock\/model_id\t/m);
});

function assertHarmless(text: string): void {
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
}
