import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, type Home, temporaryHome } from "../support/home.ts";
import { exampleText, homeWithSecrets } from "../support/sops_file.ts";
import { startServing } from "../support/serving.ts";

const { id, secret } = exampleKey;
const text = `${exampleText}profiles:
    ci:
        access_key_id: ${id}
        secret_access_key: ${secret}
        region: eu-central-1
    bearer:
        bedrock_api_key: ABSKexampleexampleexample
    half:
        access_key_id: ${id}
`;

async function homeFor(): Promise<Home> {
  return await temporaryHome(await homeWithSecrets({ text }));
}

Deno.test("serve prints two variables, serves a session, and ends when it is asked to", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  const serving = await startServing(home, [], { env: standin.env });
  await using _ = serving;
  assert.deepEqual(Object.keys(serving.variables), [
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  ]);
  assert.match(serving.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const file = serving.variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE!;
  assert.ok(file.startsWith(`${home.runtime}/credsmith/serve/`), file);
  const { mode } = await Deno.stat(file);
  assert.equal(mode! & 0o777, 0o600);
  const token = await serving.token();
  assert.match(token, /^[\w-]{43}$/);

  const answer = await fetch(serving.url, { headers: { Authorization: token } });
  assert.equal(answer.status, 200);
  const given = await answer.json();
  assert.match(given.AccessKeyId, /^ASIA/);
  assert.ok(given.Token);
  assert.ok(Date.parse(given.Expiration) > Date.now() + 3600_000);
  const without = await fetch(serving.url);
  assert.equal(without.status, 401);
  assert.equal((await without.json()).Code, "MissingToken");
  await serving.saying(/^Refused a request: MissingToken$/m);

  const { code, stdout, stderr } = await serving.stop();
  assert.equal(code, 0);
  assert.match(stderr, /^Serving default of secrets\/aws\.yaml until it is stopped$/m);
  assertAbsent(stdout + stderr, [secret, token, given.SecretAccessKey, given.Token], "the output");
  await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
  assert.equal(standin.log.filter(({ operation }) => operation === "GetSessionToken").length, 1);
});
