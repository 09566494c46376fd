import assert from "node:assert/strict";
import { Secret } from "../../src/sops/secret.ts";
import { type Mapping, type Node, Scalar } from "../../src/sops/tree.ts";
import { isCredentialPath } from "../../src/store/credential_leaves.ts";
import { profile, profilesOf } from "../../src/store/credentials.ts";

type Plain = { readonly [key: string]: string | number | null | Plain };

function node(value: Plain[string]): Node {
  if (value === null) return { kind: "null" };
  if (typeof value === "string") return new Scalar("str", value);
  if (typeof value === "number") return new Scalar("int", String(value));
  return mapping(value);
}

function mapping(value: Plain): Mapping {
  return {
    kind: "mapping",
    entries: Object.entries(value).map(([key, each]) => ({ kind: "pair", key, value: node(each) })),
  };
}

const file = (value: Plain) => ({ tree: { documents: [mapping(value)] } });

const guide = {
  aws_access_key_id: "AKIAIOSFODNN7EXAMPLE",
  aws_secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  aws_region: "us-east-1",
  bedrock: {
    model_id: "anthropic.claude-opus-5",
    endpoint: "https://bedrock-runtime.us-east-1.amazonaws.com",
  },
};

Deno.test("profilesOf: the top level is the profile default", () => {
  const view = profile(file(guide));
  assert.equal(view.accessKeyId, "AKIAIOSFODNN7EXAMPLE");
  assert.equal(view.secretAccessKey?.reveal(), guide.aws_secret_access_key);
  assert.equal(view.region, "us-east-1");
  assert.equal(view.modelId, "anthropic.claude-opus-5");
  assert.equal(view.endpoint, guide.bedrock.endpoint);
  assert.deepEqual(view.paths.modelId, ["bedrock", "model_id"]);
  assert.ok(!JSON.stringify(view).includes("wJalr"));
});

Deno.test("profilesOf: named profiles follow default, wherever default stands", () => {
  const profiles = {
    production: { access_key_id: "AKIAP", session_token: "t" },
    ci: { role_arn: "arn" },
  };
  assert.deepEqual([...profilesOf(file({ ...guide, profiles })).keys()], [
    "default",
    "production",
    "ci",
  ]);
  const below = file({
    bedrock: { model_id: "m" },
    profiles: { ...profiles, default: { region: "eu-west-1" } },
  });
  assert.deepEqual([...profilesOf(below).keys()], ["default", "production", "ci"]);
  assert.equal(profile(below).region, "eu-west-1");
  assert.equal(profile(below).modelId, "m");
  assert.deepEqual(profile(below).paths.region, ["profiles", "default", "region"]);
  assert.ok(profile(below, "production").sessionToken instanceof Secret);
  assert.deepEqual([...profilesOf(file({})).keys()], []);
});

Deno.test("profilesOf: an empty value is a missing one, and what is no string is read and told", () => {
  const view = profile(
    file({ profiles: { ci: { role_arn: "", external_id: 123456789012 } } }),
    "ci",
  );
  assert.equal(view.roleArn, undefined);
  assert.equal(view.externalId, "123456789012");
  assert.deepEqual(view.notStrings, [["profiles", "ci", "external_id"]]);
});

const faults = [
  [
    "default at both places",
    { ...guide, profiles: { default: { region: "x" } } },
    "duplicate default",
    "default",
  ],
  ["a name in capitals", { profiles: { Prod: {} } }, "bad name", "Prod"],
  ["a name that begins with a dash", { profiles: { "-x": {} } }, "bad name", "-x"],
  ["a name with a slash", { profiles: { "a/b": {} } }, "bad name", "a/b"],
  ["a name that is taken", { profiles: { bedrock: {} } }, "taken name", "bedrock"],
  ["a profile that is a value", { profiles: { ci: "x" } }, "not a mapping", "ci"],
  ["profiles that are a value", { profiles: "x" }, "not a mapping", "profiles"],
] as const;
for (const [name, content, reason, profileName] of faults) {
  Deno.test(`profilesOf refuses ${name}`, () => {
    assert.throws(() => profilesOf(file(content)), {
      name: "ProfileError",
      reason,
      profile: profileName,
    });
  });
}

Deno.test("profile: an unknown one is told with those that there are", () => {
  assert.throws(() => profile(file({ ...guide, profiles: { ci: {} } }), "prod"), {
    name: "ProfileError",
    reason: "unknown",
    profile: "prod",
    known: ["default", "ci"],
  });
});

const leaves = [
  ["aws_access_key_id", true],
  ["aws_secret_access_key", true],
  ["aws_session_token", true],
  ["aws_region", false],
  ["bedrock/model_id", false],
  ["bedrock/endpoint", false],
  ["bedrock/api_key", true],
  ["profiles/prod_unencrypted/secret_access_key", true],
  ["profiles/ci/access_key_id", true],
  ["profiles/ci/role_arn", false],
  ["rotation/default/step", true],
  ["lifecycle_unencrypted/created", false],
  ["password", true],
  ["tokens", false],
] as const;
for (const [path, expected] of leaves) {
  Deno.test(`isCredentialPath: ${path} ${expected ? "is" : "is no"} credential`, () => {
    assert.equal(isCredentialPath(path.split("/")), expected);
  });
}
