import assert from "node:assert/strict";
import { startStandin } from "../support/aws/standin.ts";
import { assertAbsent, temporaryHome } from "../support/home.ts";
import { exampleText, homeWithSecrets } from "../support/sops_file.ts";

const bearer = "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl";
const text = `${exampleText}profiles:
    api: {bedrock_api_key: ${bearer}, region: eu-west-1}
`;
const shown = 'echo "$AWS_BEARER_TOKEN_BEDROCK $AWS_REGION ${AWS_ACCESS_KEY_ID-none} ' +
  '${AWS_SECRET_ACCESS_KEY-none} ${AWS_SESSION_TOKEN-none}"';
const other = {
  AWS_ACCESS_KEY_ID: "AKIAOTHER",
  AWS_SECRET_ACCESS_KEY: "x",
  AWS_SESSION_TOKEN: "y",
};

const home = async () => await temporaryHome(await homeWithSecrets({ text }));

Deno.test("exec gives a Bedrock API key as a bearer token, and takes keys away", async () => {
  await using place = await home();
  const result = await place.run(["exec", "api", "--", "sh", "-c", shown], { env: other });
  assert.deepEqual(result, { code: 0, stdout: `${bearer} eu-west-1 none none none\n`, stderr: "" });
});

Deno.test("unlock writes a Bedrock API key, and its loader takes keys away", async () => {
  await using place = await home();
  const unlocked = await place.run(["unlock", "--profile", "api", "--json"]);
  assert.equal(unlocked.code, 0, unlocked.stderr);
  const { files, loaders } = JSON.parse(unlocked.stdout) as {
    files: string[];
    loaders: Record<string, string>;
  };
  assert.deepEqual(files, ["aws_api_bedrock_api_key", "aws_api_region"]);
  const script = `. "${loaders.sh}"; ${shown}`;
  const { stdout } = await place.program("sh", ["-c", script], { env: other });
  assert.equal(stdout, `${bearer} eu-west-1 none none none\n`);
  const offline = await place.run(["verify", "--offline", "--json", "api"]);
  assert.equal(offline.code, 0, offline.stdout);
  assert.equal((await place.run(["lock"])).code, 0);
});

Deno.test("verify --manifest asks with the API key of the secret files", async () => {
  await using place = await home();
  await using standin = startStandin();
  standin.set({ apiKeys: { [bearer]: "claude-dev" } });
  const { stdout } = await place.run(["unlock", "--profile", "api", "--json"]);
  const { manifest } = JSON.parse(stdout) as { manifest: string };
  const words = ["verify", "--json", "--manifest", manifest, "api"];
  const result = await place.run(words, { env: standin.env });
  assert.equal(result.code, 0, result.stdout);
  assert.ok(standin.log.every(({ accessKeyId }) => accessKeyId === undefined));
  assertAbsent(result.stdout + result.stderr, [bearer], "the report");
  assert.equal((await place.run(["lock"])).code, 0);
});

Deno.test("claude configure says what can be done with a Bedrock API key", async () => {
  await using place = await home();
  const result = await place.run(["claude", "configure", "--profile", "api", "--yes"]);
  assert.equal(result.code, 8);
  assert.match(
    result.stderr,
    /^Cannot configure Claude Code for profile "api": it is a Bedrock API key, and awsCredential/,
  );
  assert.match(result.stderr, /credsmith exec api -- claude\n {2}or source a loader/);
  assert.equal(await place.exists(".claude/settings.json"), false);
  assertAbsent(result.stderr, [bearer], "the message");
});

Deno.test("set takes the leaves that say where credentials come from", async () => {
  await using place = await home();
  const leaves: readonly (readonly [string, string])[] = [
    ["profiles/ci/role_arn", "arn:aws:iam::123456789012:role/ci"],
    ["profiles/ci/source_profile", "default"],
    ["profiles/ci/duration", "1h"],
    ["profiles/ci/session_tags/team", "platform"],
    ["profiles/host/source", "ambient"],
  ];
  for (const [path, value] of leaves) {
    const result = await place.run(["set", path, value]);
    assert.equal(result.code, 0, `${path}: ${result.stderr}`);
  }
  const key = await place.run(["set", "bedrock/api_key"], { stdin: bearer });
  assert.equal(key.code, 0, key.stderr);
  const { stdout } = await place.run(["verify", "--explain", "--json", "ci"]);
  const { rows } = JSON.parse(stdout) as { rows: { state: string; what: string }[] };
  assert.ok(rows.some(({ state, what }) => state === "taken" && what === "role"));
  const refused = await place.run(["set", "profiles/ci/external_id", "x"]);
  assert.equal(refused.code, 2);
});
