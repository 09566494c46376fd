import assert from "node:assert/strict";
import { NothingToLoadError, UnloadableValueError } from "../../src/loader/errors.ts";
import { parseManifest } from "../../src/loader/manifest.ts";
import { environmentOf, unlocked } from "../../src/loader/variables.ts";
import { plainParse } from "../../src/sops/document.ts";
import { Secret } from "../../src/sops/secret.ts";
import { profilesOf, type ProfileView } from "../../src/store/credentials.ts";

async function profiles(text: string): Promise<ProfileView[]> {
  const tree = await plainParse(new TextEncoder().encode(text), "yaml");
  return [...profilesOf({ tree }).values()];
}

const full = `
aws_access_key_id: AKIAIOSFODNN7EXAMPLE
aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
aws_region: us-east-1
bedrock:
  model_id: us.anthropic.claude-sonnet-4-6
  endpoint: https://bedrock.example
profiles:
  work:
    access_key_id: AKIAI44QH8DHBEXAMPLE
    secret_access_key: je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
    session_token: a token
  role:
    role_arn: arn:aws:iam::123456789012:role/ci
`;

const reveal = (value: string | Secret) => typeof value === "string" ? value : value.reveal();

Deno.test("the default profile sets what the loader's reference says", async () => {
  const [profile] = await profiles(full);
  const { set, unset } = environmentOf(profile!);
  assert.deepEqual(Object.fromEntries([...set].map(([name, value]) => [name, reveal(value)])), {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    BEDROCK_MODEL_ID: "us.anthropic.claude-sonnet-4-6",
    ANTHROPIC_MODEL: "us.anthropic.claude-sonnet-4-6",
    BEDROCK_ENDPOINT: "https://bedrock.example",
    ANTHROPIC_BEDROCK_BASE_URL: "https://bedrock.example",
    CLAUDE_CODE_USE_BEDROCK: "1",
  });
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"]) {
    assert.ok(unset.includes(name), name);
  }
  assert.ok(set.get("AWS_SECRET_ACCESS_KEY") instanceof Secret);
});

Deno.test("the older names are set when asked for, and go otherwise", async () => {
  const [profile] = await profiles(full);
  const older = [
    "ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID",
    "ANTHROPIC_BEDROCK_AWS_SECRET_ACCESS_KEY",
    "ANTHROPIC_BEDROCK_AWS_REGION",
  ];
  const without = environmentOf(profile!);
  const with_ = environmentOf(profile!, { olderNames: true });
  for (const name of older) {
    assert.deepEqual([without.set.has(name), without.unset.includes(name)], [false, true]);
    assert.deepEqual([with_.set.has(name), with_.unset.includes(name)], [true, false]);
  }
});

Deno.test("a profile without a token or an endpoint drops those of other credentials", async () => {
  const [, work] = await profiles(full);
  const { set, unset } = environmentOf(work!);
  assert.ok(set.has("AWS_SESSION_TOKEN") && !unset.includes("AWS_SESSION_TOKEN"));
  assert.ok(unset.includes("ANTHROPIC_BEDROCK_BASE_URL") && unset.includes("BEDROCK_ENDPOINT"));
});

Deno.test("unlocking names the files as sops-nix does, and leaves a bare role out", async () => {
  const { files, manifest, skipped } = unlocked(await profiles(full), "/run/x/secrets");
  assert.deepEqual(files.map((file) => file.name), [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_region",
    "aws_bedrock_model_id",
    "aws_bedrock_endpoint",
    "aws_work_access_key_id",
    "aws_work_secret_access_key",
    "aws_work_session_token",
  ]);
  assert.deepEqual(skipped, ["role"]);
  assert.deepEqual(Object.keys(manifest.profiles), ["default", "work"]);
  assert.ok(!JSON.stringify(manifest).includes("AKIA"));
  const read = parseManifest(new TextEncoder().encode(JSON.stringify(manifest)));
  assert.deepEqual(read, manifest);
});

Deno.test("two profiles never share a file", async () => {
  const names = ["secret", "access", "session", "bedrock-x", "default-x", "a-b", "a"];
  const text = names.map((name) =>
    `  ${name}: {access_key_id: a, secret_access_key: b, session_token: c, region: d, model_id: e}`
  );
  const { files } = unlocked(await profiles(`${full}${text.join("\n")}\n`), "/x");
  assert.equal(new Set(files.map((file) => file.name)).size, files.length);
});

Deno.test("a profile without a key and a value with NUL are refused", async () => {
  const [, , role] = await profiles(full);
  assert.throws(() => environmentOf(role!), NothingToLoadError);
  assert.throws(() => unlocked([role!], "/x"), NothingToLoadError);
  const [profile] = await profiles(full);
  const bad = { ...profile!, secretAccessKey: new Secret("a\0b") };
  assert.throws(() => environmentOf(bad), UnloadableValueError);
  assert.throws(() => unlocked([bad], "/x"), UnloadableValueError);
});

const bearer = "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl";
const apiKeys = `
aws_access_key_id: AKIAIOSFODNN7EXAMPLE
aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
aws_session_token: t
bedrock: {api_key: ${bearer}, model_id: m}
profiles:
  role: {role_arn: arn, access_key_id: a, secret_access_key: b, bedrock_api_key: c}
  only: {bedrock_api_key: ${bearer}}
`;

Deno.test("an API key is loaded as a bearer token, and keys go, under every name", async () => {
  const [profile] = await profiles(apiKeys);
  for (const olderNames of [false, true]) {
    const { set, unset } = environmentOf(profile!, { olderNames });
    assert.deepEqual(Object.fromEntries([...set].map(([name, value]) => [name, reveal(value)])), {
      CLAUDE_CODE_USE_BEDROCK: "1",
      AWS_BEARER_TOKEN_BEDROCK: bearer,
      BEDROCK_MODEL_ID: "m",
      ANTHROPIC_MODEL: "m",
    });
    for (
      const name of [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID",
        "ANTHROPIC_BEDROCK_AWS_SECRET_ACCESS_KEY",
      ]
    ) {
      assert.ok(unset.includes(name), name);
    }
    assert.ok(set.get("AWS_BEARER_TOKEN_BEDROCK") instanceof Secret);
  }
});

Deno.test("an API key is a secret file of its own, and a role goes before it", async () => {
  const { files, skipped, manifest } = unlocked(await profiles(apiKeys), "/x");
  assert.deepEqual(files.map((file) => file.name), [
    "aws_bedrock_api_key",
    "aws_bedrock_model_id",
    "aws_role_access_key_id",
    "aws_role_secret_access_key",
    "aws_only_bedrock_api_key",
  ]);
  assert.deepEqual(skipped, []);
  assert.ok(!JSON.stringify(manifest).includes(bearer));
});
