import assert from "node:assert/strict";
import fc from "fast-check";
import { isProfileName, isReservedName, isVariableName } from "../../src/loader/names.ts";
import { type Unlocked, unlocked } from "../../src/loader/variables.ts";
import { parseManifest } from "../../src/loader/manifest.ts";
import { plainParse } from "../../src/sops/document.ts";
import type { Format } from "../../src/sops/tree.ts";
import { isCredentialPath } from "../../src/store/credential_leaves.ts";
import { profilesOf } from "../../src/store/credentials.ts";
import { evalJson } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";
import { encrypted } from "../support/sops_file.ts";
import { resolve } from "./core/resolve.ts";

const seed = Number(Deno.env.get("CREDSMITH_INTEROP_SEED") ?? 20261122);

const key = "aws_access_key_id: AKIAIOSFODNN7EXAMPLE\naws_secret_access_key: s\n";
const named = "access_key_id: AKIAIOSFODNN7EXAMPLE, secret_access_key: s";

/** Secrets files in plaintext that the program takes. */
const taken: Readonly<Record<string, string>> = {
  "a key": key,
  "everything at the top level": `${key}aws_session_token: t
aws_region: eu-west-1
aws_role_arn: arn:aws:iam::1:role/x
aws_external_id: x
bedrock: {model_id: m, small_model_id: n, endpoint: "https://x"}
`,
  "profiles beside the default one":
    `${key}profiles: {ci: {${named}}, 2fa: {${named}, region: r}}\n`,
  "profiles without a default one": `profiles: {ci: {${named}, model_id: m, small_model_id: n}}\n`,
  "profiles/default, which takes bedrock from the top level": `bedrock: {model_id: m, endpoint: e}
profiles: {default: {${named}, endpoint: f}, ci: {${named}}}
`,
  "profiles/default with an empty model, which is none": `bedrock: {model_id: m}
profiles: {default: {${named}, model_id: ""}}
`,
  "a role without a key of its own": `${key}profiles: {prod: {role_arn: a, external_id: b}}\n`,
  "an API key in place of a key": `bedrock: {api_key: b, model_id: m}
profiles: {ci: {bedrock_api_key: c, region: r}}
`,
  "an API key before a key, and after a role": `${key}bedrock: {api_key: b}
profiles: {ci: {${named}, bedrock_api_key: c, session_token: t}, half: {bedrock_api_key: c, access_key_id: k}, role: {${named}, bedrock_api_key: c, role_arn: r}}
`,
  "what the machine has":
    `${key}profiles: {ci: {source: ambient, region: r}, odd: {source: ambient, bedrock_api_key: c}, own: {${named}, source: ambient}}
`,
  "how a role is assumed, which is for nobody else": `${key}aws_source_profile: x
aws_mfa_serial: x
aws_duration: 1h
aws_session_tags: {a: b}
aws_session_policy: "{}"
aws_rotate_after_days: "30"
profiles: {ci: {${named}, source_profile: x, mfa_serial: x, duration: 1h, session_tags: {a: b}, session_policy: "{}", rotate_after_days: "30"}}
`,
  "a key without its secret": `${key}profiles: {half: {access_key_id: AKIAIOSFODNN7EXAMPLE}}\n`,
  "values that are empty or null": `${key}aws_region: ""
aws_session_token: null
bedrock: null
profiles: {ci: {${named}, region: "", endpoint: null}, none: {}}
`,
  "no profiles under profiles": `${key}profiles: null\n`,
  "other things": `${key}github_token: x
list: [a, b]
rotation: {default: {new_access_key_id: x}}
lifecycle_unencrypted: {default: {created: "2026-11-22", rotate_by: "2027-02-20"}}
profiles: {ci: {${named}, note: x, more: {access_key_id: y}}}
`,
};

/** Whole files that the program refuses, with the id of the mistake that Nix finds. */
const refused: Readonly<Record<string, readonly [text: string, id: string]>> = {
  "a default profile twice": [
    `${key}profiles: {default: {region: x}}\n`,
    "profile-default-twice",
  ],
  "a profile called bedrock": [`${key}profiles: {bedrock: {${named}}}\n`, "profile-name-taken"],
  "a profile with capitals": [`${key}profiles: {Prod: {${named}}}\n`, "profile-name"],
  "a profile that is a value": [`${key}profiles: {ci: x}\n`, "profile-not-mapping"],
  "a profile that is null": [`${key}profiles: {ci: null}\n`, "profile-not-mapping"],
  "a profile that is a list": [`${key}profiles: {ci: [x]}\n`, "profile-not-mapping"],
  "profiles that are a list": [`${key}profiles: [x]\n`, "profiles-not-mapping"],
  "profiles that are a value": [`${key}profiles: x\n`, "profiles-not-mapping"],
  "no key": ["aws_region: x\n", "nothing-to-load"],
  "no profile": ["github_token: x\n", "nothing-to-load"],
};

/** The program's own answer for a plaintext. */
async function byProgram(text: string, olderNames: boolean, format: Format = "yaml") {
  const tree = await plainParse(new TextEncoder().encode(text), format);
  const views = profilesOf({ tree });
  return { views, unlocked: unlocked(views.values(), "/run/secrets", { olderNames }) };
}

/** What a loader does, whatever the order in which its manifest says it. */
const sorted = ({ manifest }: Unlocked) => JSON.parse(JSON.stringify(manifest));

peerTest(["nix"], "Nix makes the manifest that unlock makes", async () => {
  const texts = Object.entries(taken).flatMap(([name, text]) =>
    [false, true].map((olderNames) => ({ name, text, olderNames }))
  );
  const found = await resolve(
    await Promise.all(texts.map(async ({ text, olderNames }) => ({
      files: { "aws.yaml": await encrypted(text) },
      options: { loader: { olderNames } },
    }))),
  );
  for (const [index, { name, text, olderNames }] of texts.entries()) {
    const { manifest, secrets, mistakes } = found[index]!;
    const program = await byProgram(text, olderNames);
    assert.deepEqual(mistakes, [], name);
    assert.deepEqual(manifest, sorted(program.unlocked), name);
    assert.deepEqual(
      Object.keys(secrets).sort(),
      program.unlocked.files.map((file) => file.name).sort(),
      name,
    );
    parseManifest(new TextEncoder().encode(JSON.stringify(manifest)));
  }
});

peerTest(["nix"], "what the program refuses is a mistake in Nix", async () => {
  const cases = Object.entries(refused);
  const found = await resolve(
    await Promise.all(cases.map(async ([, [text]]) => ({
      files: { "aws.yaml": await encrypted(text) },
    }))),
  );
  for (const [index, [name, [text, id]]] of cases.entries()) {
    await assert.rejects(byProgram(text, false), name);
    assert.deepEqual(found[index]!.mistakes.map((mistake) => mistake.id), [id], name);
  }
});

/** Files with any of the fields in any of the places, empty ones and such as are no strings too. */
const anySecretsFile = (() => {
  const values = fc.constantFrom(...Array(20).fill("x"), '""', "null", "12", "true");
  const fields = ["access_key_id", "secret_access_key", "region", "session_token", "model_id"];
  const some = (names: readonly string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, values])), {
      requiredKeys: [],
    }) as fc.Arbitrary<Record<string, string>>;
  const braces = (entries: Record<string, string>) =>
    `{${Object.entries(entries).map(([name, value]) => `${name}: ${value}`).join(", ")}}`;
  return fc.record({
    top: some([
      "aws_access_key_id",
      "aws_secret_access_key",
      "aws_region",
      "aws_role_arn",
      "aws_source",
    ]),
    bedrock: some(["model_id", "small_model_id", "endpoint", "api_key"]),
    profiles: fc.dictionary(
      fc.constantFrom("default", "ci", "ci", "a-b", "a-b", "9", "bedrock"),
      some([...fields, "endpoint", "role_arn", "bedrock_api_key", "source"]),
      { maxKeys: 3 },
    ),
  }).map(({ top, bedrock, profiles }) =>
    [
      ...Object.entries(top).map(([name, value]) => `${name}: ${value}`),
      `bedrock: ${braces(bedrock)}`,
      `profiles: {${
        Object.entries(profiles).map(([name, fields]) => `"${name}": ${braces(fields)}`).join(", ")
      }}`,
      "",
    ].join("\n")
  );
})();

peerTest(["nix"], "any secrets file comes to the same in Nix as in the program", async () => {
  const texts = fc.sample(anySecretsFile, { numRuns: 150, seed });
  const found = await resolve(
    await Promise.all(
      texts.map(async (text) => ({ files: { "aws.yaml": await encrypted(text) } })),
    ),
  );
  let same = 0;
  for (const [index, text] of texts.entries()) {
    const { manifest, secrets, mistakes, profiles } = found[index]!;
    const program = await byProgram(text, false).catch((error: Error) => error);
    if (program instanceof Error) {
      assert.notDeepEqual(mistakes, [], `${program.message}\n${text}`);
      continue;
    }
    assert.deepEqual(manifest, sorted(program.unlocked), text);
    const asked = new Set(
      Object.values(profiles).flatMap((fields) => Object.values(fields))
        .flatMap(({ key, name }) => name === null ? [] : [key]),
    );
    const wrongTypes = [...program.views.values()].filter(({ name }) => profiles[name])
      .flatMap(({ notStrings }) => notStrings.map((path) => path.join("/")))
      .filter((path) => asked.has(path));
    assert.deepEqual(
      mistakes.map(({ id, message }) => [id, /"(.*?)"/.exec(message)?.[1]]).sort(),
      [...new Set(wrongTypes)].map((path) => ["leaf-not-string", path]).sort(),
      text,
    );
    assert.deepEqual(
      Object.keys(secrets).sort(),
      program.unlocked.files.map((file) => file.name).sort(),
      text,
    );
    if (wrongTypes.length === 0) same++;
  }
  assert.ok(same > 10, `${same} files without a mistake`);
});

peerTest(["nix"], "each secret file is asked for by the path of its field", async () => {
  const text = taken["profiles/default, which takes bedrock from the top level"]!;
  const json = `{"aws_access_key_id":"AKIAIOSFODNN7EXAMPLE","aws_secret_access_key":"s","n":1}`;
  const [yaml, flat] = await resolve([
    { files: { "aws.yaml": await encrypted(text) } },
    { files: { "aws.json": await encrypted(json, { format: "json" }) } },
  ]);
  const keys = (secrets: Readonly<Record<string, { key: string }>>) =>
    Object.fromEntries(Object.entries(secrets).map(([name, { key }]) => [name, key]));
  assert.deepEqual(keys(yaml!.secrets), {
    aws_access_key_id: "profiles/default/access_key_id",
    aws_secret_access_key: "profiles/default/secret_access_key",
    aws_bedrock_model_id: "bedrock/model_id",
    aws_bedrock_endpoint: "profiles/default/endpoint",
    aws_ci_access_key_id: "profiles/ci/access_key_id",
    aws_ci_secret_access_key: "profiles/ci/secret_access_key",
  });
  assert.deepEqual(keys(flat!.secrets), {
    aws_access_key_id: "aws_access_key_id",
    aws_secret_access_key: "aws_secret_access_key",
  });
  assert.deepEqual(flat!.manifest, (await byProgram(json, false, "json")).unlocked.manifest);
});

peerTest(["nix"], "names are judged in Nix as in the program", async () => {
  const source = await Deno.readTextFile(new URL("../../src/loader/names.ts", import.meta.url));
  const inSource = [...source.matchAll(/"([^"\n]*)"/g)].flatMap(([, text]) => text!.split(" "));
  const inNix = await Deno.readTextFile(new URL("../../modules/lib/names.nix", import.meta.url));
  const words = [...new Set([...inSource, ...inNix.split(/[\s"]+/)])].filter((word) => word);
  const more = [
    "A",
    "a1",
    "1a",
    "a-b",
    "-a",
    "aws_access_key_id",
    "TOKEN",
    "tokens",
    "ÄRGER",
    "bedrock",
  ];
  const all = [...new Set([...words, ...words.map((word) => `${word}X`), ...more])];
  const cases = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(cases, JSON.stringify(all));
  const found = await evalJson<{
    words: Record<string, Record<string, boolean>>;
    keyPaths: Record<string, boolean>;
    modes: string[];
  }>("tests/nix/core/names.nix", { strings: { cases } });
  await Deno.remove(cases);
  for (const word of all) {
    assert.deepEqual(found.words[word], {
      variable: isVariableName(word),
      reserved: isReservedName(word),
      profile: isProfileName(word),
      credential: isCredentialPath([word]),
    }, word);
  }
  assert.ok(all.filter((word) => isReservedName(word)).length > 100, "words were found");
  const { text, ...others } = found.keyPaths;
  assert.equal(text, true);
  assert.deepEqual(Object.values(others), Object.values(others).map(() => false));
  assert.deepEqual(found.modes, ["0400", "0440"]);
});
