import assert from "node:assert/strict";
import { Secret } from "../../src/sops/secret.ts";
import { type ShellView, shellView } from "../../src/status/shell.ts";

const end = Temporal.Instant.from("2026-11-22T10:42:00Z");
const known = [
  {
    file: "secrets/aws.yaml",
    profile: "default",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: new Secret("right"),
    formerKeys: ["AKIAFORMERKEYEXAMPLE"],
  },
  {
    file: "secrets/aws.yaml",
    profile: "twin",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: new Secret("right"),
    formerKeys: [],
  },
  {
    file: "secrets/aws.yaml",
    profile: "bedrock-only",
    apiKey: new Secret("bedrock-api-key-x"),
    formerKeys: [],
  },
];
const sessions = [{ profile: "ci", accessKeyId: "ASIACACHEDSESSION", expires: end }];
const loaded = { CREDSMITH_NAMES: "AWS_REGION AWS_ACCESS_KEY_ID", CREDSMITH_LOADED: "default" };

const cases: readonly (readonly [string, Record<string, string>, ShellView])[] = [
  ["nothing", {}, {}],
  ["an empty key", { AWS_ACCESS_KEY_ID: "" }, {}],
  [
    "the file's key",
    { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "right" },
    { key: { id: "AKIAIOSFODNN7EXAMPLE", profile: "default", match: "current" } },
  ],
  [
    "the key of two profiles, one of which was loaded",
    {
      ...loaded,
      CREDSMITH_LOADED: "twin",
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "right",
    },
    { key: { id: "AKIAIOSFODNN7EXAMPLE", profile: "twin", match: "current" } },
  ],
  [
    "the file's key id with another secret",
    { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wrong" },
    { key: { id: "AKIAIOSFODNN7EXAMPLE", profile: "default", match: "other secret" } },
  ],
  [
    "the file's key with somebody's session token",
    {
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "right",
      AWS_SESSION_TOKEN: "x",
    },
    { key: { id: "AKIAIOSFODNN7EXAMPLE", profile: "default", match: "other token" } },
  ],
  [
    "the key before a rotation",
    { AWS_ACCESS_KEY_ID: "AKIAFORMERKEYEXAMPLE", AWS_SECRET_ACCESS_KEY: "x" },
    { key: { id: "AKIAFORMERKEYEXAMPLE", profile: "default", match: "older" } },
  ],
  [
    "a loader's key that the file does not have any more",
    { ...loaded, AWS_ACCESS_KEY_ID: "AKIALONGGONEEXAMPLE0", AWS_SECRET_ACCESS_KEY: "x" },
    { key: { id: "AKIALONGGONEEXAMPLE0", profile: "default", match: "older" } },
  ],
  [
    "a loader's session",
    { ...loaded, AWS_ACCESS_KEY_ID: "ASIAOTHER", AWS_SESSION_TOKEN: "x" },
    { key: { id: "ASIAOTHER", profile: "default", match: "session" } },
  ],
  [
    "a key that a profile of another file's loader left",
    { ...loaded, CREDSMITH_LOADED: "elsewhere", AWS_ACCESS_KEY_ID: "AKIAOTHER" },
    { key: { id: "AKIAOTHER", match: "other" } },
  ],
  [
    "a cached session",
    { AWS_ACCESS_KEY_ID: "ASIACACHEDSESSION", AWS_SESSION_TOKEN: "x" },
    { key: { id: "ASIACACHEDSESSION", profile: "ci", match: "session", expires: end } },
  ],
  [
    "somebody's session, with its end",
    {
      AWS_ACCESS_KEY_ID: "ASIASOMEBODY",
      AWS_SESSION_TOKEN: "x",
      AWS_CREDENTIAL_EXPIRATION: "2026-11-22T10:42:00+00:00",
    },
    { key: { id: "ASIASOMEBODY", match: "other", expires: end } },
  ],
  [
    "the end of another key's session",
    { AWS_ACCESS_KEY_ID: "AKIAOTHER", AWS_CREDENTIAL_EXPIRATION: "2026-11-22T10:42:00Z" },
    { key: { id: "AKIAOTHER", match: "other" } },
  ],
  ["the file's API key", { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-x" }, {
    apiKey: { profile: "bedrock-only" },
  }],
  ["another API key, beside an AWS profile", {
    AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-y",
    AWS_PROFILE: "work",
  }, { apiKey: {}, awsProfile: "work" }],
];

for (const [name, env, expected] of cases) {
  Deno.test(`this shell: ${name}`, () => {
    const found = shellView(env, { known, sessions, closed: false });
    assert.deepEqual(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify(expected)));
  });
}

Deno.test("this shell: nothing is compared with a file that is closed", () => {
  const found = shellView({ AWS_ACCESS_KEY_ID: "AKIAOTHER" }, {
    known: [],
    sessions: [],
    closed: true,
  });
  assert.equal(found.key?.match, "not compared");
});
