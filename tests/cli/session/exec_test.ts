import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { temporaryHome } from "../../support/home.ts";
import { exampleText, homeWithSecrets } from "../../support/sops_file.ts";

const { secret } = exampleKey;
const show = 'echo "$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN $AWS_CREDENTIAL_EXPIRATION"';

Deno.test("exec gives a session, and the next one gives the same", async () => {
  await using standin = startStandin();
  await using home = await temporaryHome(await homeWithSecrets());
  const run = (...args: string[]) =>
    home.run(["exec", ...args, "--", "sh", "-c", show], { env: standin.env });
  const first = await run();
  assert.equal(first.stderr, "");
  assert.match(first.stdout, /^ASIA\w+ \S+ 20\d\d-\d\d-\d\dT\S+Z\n$/);
  assert.equal((await run()).stdout, first.stdout);
  assert.deepEqual(standin.log.map(({ operation }) => operation), ["GetSessionToken"]);
  const { stdout } = await run("--static");
  assert.equal(stdout, `${exampleKey.id}  \n`);
  assert.ok(!first.stdout.includes(secret));
});

Deno.test("exec gives a session of a role that is assumed with the key", async () => {
  await using standin = startStandin();
  const text = `${exampleText}profiles:
    ci: {role_arn: "arn:aws:iam::123456789012:role/ci", source_profile: default}
`;
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  const { stdout, stderr } = await home.run(["exec", "ci", "--", "sh", "-c", show], {
    env: standin.env,
  });
  assert.equal(stderr, "");
  assert.match(stdout, /^ASIA/);
  assert.deepEqual(standin.log.map(({ operation }) => operation), ["AssumeRole"]);
});
