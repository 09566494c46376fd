import assert from "node:assert/strict";
import { assertAbsent, temporaryHome } from "../support/home.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";

interface Row {
  readonly part: string;
  readonly state: string;
  readonly what: string;
  readonly where?: string;
  readonly why: string;
}

const bearer = "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl";
const text = `${exampleText}profiles:
    ci: {role_arn: "arn:aws:iam::123456789012:role/ci", source_profile: default, bedrock_api_key: ${bearer}}
    chain: {role_arn: "arn:aws:iam::123456789012:role/deep", source_profile: ci}
    api: {bedrock_api_key: ${bearer}, access_key_id: AKIAI44QH8DHBEXAMPLE, secret_access_key: x}
    host: {source: ambient, region: eu-west-1}
    loop: {role_arn: "arn:aws:iam::123456789012:role/x", source_profile: loop}
`;
const config = `[default]
region = eu-central-1
endpoint_url = https://user:pass@proxy.example
credential_process = /usr/bin/credsmith credential-process
[profile work]
sso_account_id = 123456789012
sso_role_name = Dev
`;
const shared = "[default]\naws_access_key_id = AKIAOLD\naws_secret_access_key = oldsecret\n";
const settings = JSON.stringify(
  { env: { AWS_PROFILE: "work", CLAUDE_CODE_USE_BEDROCK: "1" } },
  null,
  2,
);
const env = {
  AWS_BEARER_TOKEN_BEDROCK: bearer,
  AWS_ACCESS_KEY_ID: "ASIAOTHER",
  AWS_SECRET_ACCESS_KEY: "shellsecret",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9911/",
};

async function ready() {
  return await temporaryHome({
    ...await homeWithSecrets({ text }),
    ".aws/config": config,
    ".aws/credentials": shared,
    ".claude/settings.json": settings,
  });
}

Deno.test("verify --explain shows one table in 80 columns", async () => {
  await using home = await ready();
  const { code, stdout, stderr } = await home.run(["verify", "--explain", "ci"], { env });
  assert.equal(stderr, "");
  assert.equal(
    stdout,
    `ci, secrets/aws.yaml, eu-central-1
  profile      1  absent  ambient (profiles/ci/source): not set
               2  taken   role (profiles/ci/role_arn): 123456789012:role/ci <-
                            AKIAIOSFODNN7EXAMPLE of "default", for 1 h, by
                            profiles/ci/source_profile
               3  skipped api-key (profiles/ci/bedrock_api_key): a role goes
                            before it
               4  absent  static (profiles/ci/access_key_id): not set
  AWS SDKs     1  taken   AWS_BEARER_TOKEN_BEDROCK (this shell): for Bedrock
                            before any key; it is this profile's
               2  skipped AWS_ACCESS_KEY_ID (this shell): ASIAOTHER, a session
               3  skipped aws_access_key_id (~/.aws/credentials:2): AWS profile
                            "default": AKIAOLD, a key in plaintext
               4  skipped credential_process (~/.aws/config:4): AWS profile
                            "default": credsmith itself, so this secrets file
               5  skipped AWS_CONTAINER_CREDENTIALS_FULL_URI (this shell):
                            http://127.0.0.1:9911/
               -  beside  endpoint_url (~/.aws/config:3): sends sts, iam,
                            bedrock, bedrock-runtime, cloudtrail to
                            https://proxy.example
  Claude Code  1  taken   AWS_BEARER_TOKEN_BEDROCK (this shell): a Bedrock API
                            key, before any other credentials
               2  skipped AWS_PROFILE (~/.claude/settings.json:3): AWS profile
                            "work"
               3  skipped AWS_ACCESS_KEY_ID (this shell): ASIAOTHER, a session
credsmith exec, and a loader, set aside what stands here
`,
  );
  assert.equal(code, 0);
  assertAbsent(
    stdout,
    [...exampleSecrets.slice(1), bearer, "shellsecret", "oldsecret", "pass"],
    "it",
  );
});

// deno-fmt-ignore -- a table
const winners: readonly (readonly [profile: string, env: Readonly<Record<string, string>>, expected: readonly string[]])[] = [
  ["default", {}, ["profile absent ambient", "profile absent role", "profile absent api-key", "profile taken static"]],
  ["api", {}, ["profile absent ambient", "profile absent role", "profile taken api-key", "profile skipped static"]],
  ["chain", {}, ["profile absent ambient", "profile taken role", "profile absent api-key", "profile absent static"]],
  ["host", { AWS_ROLE_ARN: "arn", AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_PROFILE: "work" }, ["profile taken ambient", "profile absent role", "profile absent api-key", "profile absent static", "machine taken web-identity", "machine skipped sso", "machine absent login", "machine absent pod-identity", "machine absent container", "machine absent instance"]],
  ["loop", {}, ["profile absent ambient", "profile fails role", "profile absent api-key", "profile absent static", "profile fails role"]],
];
for (const [profile, more, expected] of winners) {
  Deno.test(`verify --explain --json of ${profile}`, async () => {
    await using home = await ready();
    const { code, stdout } = await home.run(["verify", "--explain", "--json", profile], {
      env: more,
    });
    const document = JSON.parse(stdout) as { version: number; cause?: string; rows: Row[] };
    assert.deepEqual([document.version, code], [1, profile === "loop" ? 2 : 0]);
    assert.equal(document.cause, profile === "loop" ? "source_loop" : undefined);
    assert.deepEqual(
      document.rows.filter(({ part }) => part === "profile" || part === "machine")
        .map(({ part, state, what }) => `${part} ${state} ${what}`),
      expected,
    );
  });
}

Deno.test("verify --explain of a shell without anything", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const { stdout } = await home.run(["verify", "--explain", "--json"]);
  const { rows } = JSON.parse(stdout) as { rows: Row[] };
  assert.deepEqual(
    rows.filter(({ part }) => part !== "profile").map(({ part, state, what }) =>
      `${part} ${state} ${what}`
    ),
    [
      "AWS SDKs absent credentials",
      "Claude Code taken provider",
      "Claude Code absent credentials",
    ],
  );
});

Deno.test("no password and no token of a URL is shown", async () => {
  await using home = await ready();
  const url = "http://user:pa@ss-one@127.0.0.1:9/path?token=two-two#x";
  for (const args of [["verify", "--explain"], ["verify", "--explain", "--json", "host"]]) {
    const { stdout, stderr } = await home.run(args, {
      env: { AWS_ENDPOINT_URL: url, AWS_CONTAINER_CREDENTIALS_FULL_URI: url },
    });
    assertAbsent(stdout + stderr, ["ss-one", "two-two"], "what was shown");
    assert.match(stdout, /127\.0\.0\.1:9\/path\?…/);
  }
});
