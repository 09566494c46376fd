/** What options come to, and each mistake in them, as tables: one Nix process a table. */
import assert from "node:assert/strict";
import { peerTest } from "../../support/peers.ts";
import { encrypted } from "../../support/sops_file.ts";
import { type Host, resolve, type Resolved } from "./resolve.ts";

const key = "aws_access_key_id: AKIAIOSFODNN7EXAMPLE\naws_secret_access_key: s\n";
const fields = "access_key_id: AKIAIOSFODNN7EXAMPLE, secret_access_key: s";
const ci = `profiles: {ci: {${fields}, region: r}}\n`;

const aws = await encrypted(`${key}aws_region: r\ngithub_token: g\ntokens: {npm: n, list: [a]}\n`);
const both = await encrypted(`${key}${ci}`);
const onlyCi = await encrypted(ci);
const keyless = await encrypted(
  `${key}profiles: {prod: {region: r}, role: {role_arn: a}, half: {role_arn: a, access_key_id: k}, ci: {${fields}}}\n`,
);
const wrongTypes = await encrypted(`${key}aws_region: 12\nbedrock: {model_id: true}\nn: 1\n`);
const json = (value: unknown) => encrypted(JSON.stringify(value), { format: "json" });
const flat = { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "s" };
const nested = await json({ ...flat, bedrock: { model_id: "m" } });
const metadata = /^sops:[^]*/m;
const lines = (...all: string[]) => all.join("\n");

/** A host, the ids of its mistakes and how the first of them begins. */
type Mistake = readonly [host: Host, ids: readonly string[], message: RegExp];

const mistakes: Readonly<Record<string, Mistake>> = {
  "no secrets file": [{}, ["no-secrets-file"], /^credsmith is enabled and has no secrets file\n/],
  "an absent file": [
    { options: { secretsFile: "file:secrets.yaml" } },
    ["file-absent"],
    /^Cannot read "…\/secrets\.yaml": there is no such file\nA flake does not see a path in quotes/,
  ],
  "a plaintext file": [
    { files: { "aws.yaml": key } },
    ["file-plaintext"],
    /^"…\/aws\.yaml" is not encrypted\nIts values are in the Nix store by now, .* in git /,
  ],
  "a plaintext JSON file": [
    { files: { "aws.json": JSON.stringify(flat) } },
    ["file-plaintext"],
    /^"…\/aws\.json" is not encrypted\n/,
  ],
  "a file without its metadata": [
    { files: { "aws.yaml": aws.replace(metadata, "") } },
    ["metadata-missing"],
    /it has encrypted values and no "sops" entry/,
  ],
  "a value in plaintext": [
    { files: { "aws.yaml": `aws_session_token: t\n${aws}` } },
    ["leaf-plaintext"],
    /^"…\/aws\.yaml" has "aws_session_token" in plaintext\nThat is in the Nix store by now/,
  ],
  "a secret that the file's own rule leaves in plaintext": [
    {
      files: {
        "aws.yaml": await encrypted(key, {
          selector: { rule: "encrypted_regex", text: "^aws_access_key_id$" },
        }),
      },
    },
    ["leaf-plaintext"],
    /has "aws_secret_access_key" in plaintext/,
  ],
  "a file that cannot be read for sure": [
    { files: { "aws.yaml": `base: &base\n    a: b\n${aws}` } },
    ["file-unreadable"],
    /^Cannot read the names in "…\/aws\.yaml": line 1 has a value in a style/,
  ],
  "a name twice": [
    { files: { "aws.yaml": `aws_region: ""\n${aws}` } },
    ["file-unreadable"],
    /: it has \["aws_region"\] twice\n/,
  ],
  "a file of another format": [
    { files: { "aws.env": "sops_mac=ENC[x]\n" } },
    ["file-format"],
    /its name says that it is dotenv/,
  ],
  "values that are no strings": [
    { files: { "aws.yaml": wrongTypes } },
    ["leaf-not-string", "leaf-not-string"],
    /^Cannot install "(aws_region|bedrock\/model_id)" of "…\/aws\.yaml": it is no string but/,
  ],
  "nested JSON": [
    { files: { "aws.json": nested } },
    ["json-nested"],
    /^Cannot install "bedrock\/model_id" of .*\nMake it YAML: credsmith sops decrypt --output-type yaml …\/aws\.json \| credsmith sops encrypt --filename-override …\/aws\.yaml --output …\/aws\.yaml\n/,
  ],
  "a profile in two files": [
    {
      files: { "a.yaml": both, "b.yaml": onlyCi },
      options: { secretsFiles: ["file:a.yaml", "file:b.yaml"] },
    },
    ["profile-in-two-files"],
    /^Profile "ci" is in "…\/a\.yaml" and in "…\/b\.yaml"\n/,
  ],
  "an unknown profile": [
    { files: { "aws.yaml": both }, options: { profiles: ["default", "prod"] } },
    ["profile-unknown"],
    /^credsmith\.profiles names profile "prod", which no secrets file has\nCorrect the name \(profiles that are there: "ci", "default"\)/,
  ],
  "a profile without a key": [
    { files: { "aws.yaml": keyless }, options: { profiles: ["prod"] } },
    ["profile-without-key"],
    /^Cannot use profile "prod" of "…\/aws\.yaml": it has no access key with its secret\nWrite both, profiles\/prod\/access_key_id and/,
  ],
  "profiles of other options": [
    {
      files: { "aws.yaml": both },
      options: {
        profiles: ["default"],
        defaultProfile: "ci",
        claude: { profile: "none" },
        health: { profiles: ["default", "ci"] },
        services: { billing: { profile: "none", secrets: ["token"] } },
        secrets: { t: { key: "aws_access_key_id", profiles: ["none"] } },
      },
    },
    [
      "profile-not-installed",
      "profile-unknown",
      "profile-not-installed",
      "profile-unknown",
      "profile-unknown",
      "service-secret-unknown",
    ],
    /^credsmith\.defaultProfile names profile "ci", which this machine does not get\n/,
  ],
  "a run-time file without profiles": [
    { options: { runtimeSecretsFile: "/var/lib/credsmith/aws.yaml" } },
    ["runtime-profiles"],
    /^credsmith\.runtimeSecretsFile names "\/var\/lib\/credsmith\/aws\.yaml", and nothing says/,
  ],
  "a key that is not there": [
    { files: { "aws.yaml": aws }, options: { secrets: { slack: {} } } },
    ["key-unknown"],
    /^credsmith\.secrets\.slack asks for "slack", which is not in "…\/aws\.yaml"\nCorrect its key \(keys that are there: "aws_access_key_id", /,
  ],
  "secrets that are no strings": [
    {
      files: { "aws.yaml": aws },
      options: { secrets: { a: { key: "tokens" }, b: { key: "tokens/list" } } },
    },
    ["leaf-not-string", "leaf-not-string"],
    /^Cannot install "tokens" of .*: it is no string but a mapping\n/,
  ],
  "a secret in nested JSON": [
    {
      files: { "aws.yaml": aws, "more.json": nested },
      options: { secrets: { m: { file: "file:more.json", key: "bedrock/model_id" } } },
    },
    ["json-nested"],
    /more\.json/,
  ],
  "a secret from nowhere": [
    { options: { secrets: { token: {} } } },
    ["secret-without-file"],
    /^credsmith\.secrets\.token has no file/,
  ],
  "a secret in an absent file": [
    { files: { "aws.yaml": aws }, options: { secrets: { token: { file: "file:t.yaml" } } } },
    ["file-absent"],
    /t\.yaml/,
  ],
  "secrets in plaintext files of every format": [
    {
      files: { "aws.yaml": aws, "a.env": "A=b\n", "b.ini": "[a]\nb=c\n", "c.bin": "x" },
      options: {
        secrets: {
          a: { file: "file:a.env" },
          b: { file: "file:b.ini" },
          c: { file: "file:c.bin" },
        },
      },
    },
    ["file-plaintext", "file-plaintext", "file-plaintext"],
    /is not encrypted/,
  ],
  "a secret with a name of ours": [
    { files: { "aws.yaml": aws }, options: { secrets: { aws_region: { key: "github_token" } } } },
    ["secret-name-taken"],
    /^credsmith\.secrets\.aws_region has the name of a secret file/,
  ],
  "a secret that climbs": [
    { files: { "aws.yaml": aws }, options: { secrets: { "../x": { key: "github_token" } } } },
    ["secret-name"],
    /^credsmith\.secrets has "\.\.\/x", which is no name of a file\n/,
  ],
  "variables that are none": [
    {
      files: { "aws.yaml": aws },
      options: {
        variables: { "1X": "x", PATH: "x", TWO: "a\nb" },
        loader: { unset: ["a-b"] },
        secrets: { github_token: { variable: "LD_PRELOAD" } },
      },
    },
    ["variable-name", "variable-reserved", "variable-reserved", "variable-name", "variable-value"],
    /^credsmith\.variables has "1X", which is no name of a variable\n/,
  ],
  "a variable twice": [
    {
      files: { "aws.yaml": aws },
      options: { variables: { AWS_REGION: "x" }, secrets: { github_token: { variable: "T" } } },
    },
    ["variable-twice"],
    /^"AWS_REGION" of profile "default" is set by the secrets file and by credsmith\.variables\n/,
  ],
  "two secrets in one variable": [
    {
      files: { "aws.yaml": aws },
      options: {
        secrets: { github_token: { variable: "T" }, npm: { key: "tokens/npm", variable: "T" } },
      },
    },
    ["variable-twice"],
    /is set by credsmith\.secrets\.github_token and by credsmith\.secrets\.npm\n/,
  ],
  "a variable without a profile": [
    {
      files: { "aws.yaml": aws },
      options: {
        secretsFile: null,
        secrets: { github_token: { file: "file:aws.yaml", variable: "T" } },
      },
    },
    ["variable-without-profile"],
    /^credsmith\.secrets\.github_token\.variable is set, and there is no profile/,
  ],
  "two loaders on one path": [
    { files: { "aws.yaml": aws }, options: { loader: { path: "/etc/a", fishPath: "/etc/a" } } },
    ["loader-twice"],
    /^Two loaders are installed at "\/etc\/a": credsmith\.loader\.path and/,
  ],
  "a key to be made nowhere": [
    { files: { "aws.yaml": aws }, options: { generateKey: true } },
    ["generate-key-without-file"],
    /^credsmith\.generateKey is set/,
  ],
};

peerTest(["nix"], "each mistake is found, alone, and says what to change", async () => {
  const cases = Object.entries(mistakes);
  const found = await resolve(cases.map(([, [host]]) => host));
  for (const [index, [name, [, ids, message]]] of cases.entries()) {
    const { mistakes } = found[index]!;
    assert.deepEqual(mistakes.map(({ id }) => id), ids, name);
    assert.match(mistakes[0]!.message, message, `${name}: ${mistakes[0]!.message}`);
    for (const { message } of mistakes) {
      const [first, ...rest] = message.split("\n");
      assert.ok(rest.length > 0, `${name} says what to do`);
      assert.doesNotMatch(first!, /\.$/, name);
      assert.doesNotMatch(message, /!|\b(don't|can't|isn't|it's)\b|AKIA/, name);
    }
  }
});

type Expected = readonly [host: Host, check: (found: Resolved) => void];

const installed = ({ secrets }: Resolved) => Object.keys(secrets).sort();

const hosts: Readonly<Record<string, Expected>> = {
  "files are joined, and profiles chosen": [
    {
      files: { "a.yaml": aws, "b.yaml": onlyCi },
      options: { secretsFiles: ["file:a.yaml", "file:b.yaml"], profiles: ["ci"] },
    },
    (found) => {
      assert.deepEqual(Object.keys(found.manifest.profiles), ["ci"]);
      assert.equal(found.defaultProfile, "ci");
      assert.deepEqual(installed(found), [
        "aws_ci_access_key_id",
        "aws_ci_region",
        "aws_ci_secret_access_key",
      ]);
    },
  ],
  "a mistake in one profile is none where another is chosen": [
    {
      files: { "aws.yaml": await encrypted(`${key}profiles: {ci: {${fields}, region: 1}}\n`) },
      options: { profiles: ["default"] },
    },
    (found) => assert.deepEqual(found.mistakes, []),
  ],
  "a profile without a key is left out, with a warning if it is no role": [
    { files: { "aws.yaml": keyless } },
    (found) => {
      assert.deepEqual(Object.keys(found.manifest.profiles), ["ci", "default"]);
      assert.deepEqual(
        found.warnings,
        ["half", "prod"].map((name) =>
          `credsmith: profile "${name}" of "…/aws.yaml" has no key of its own and is left out`
        ),
      );
    },
  ],
  "constants, other secrets, older names and more to unset are in the manifest": [
    {
      files: { "aws.yaml": both, "tokens.yaml": aws, "app.env": "A=ENC[x]\nsops_mac=ENC[x]\n" },
      options: {
        variables: { AWS_MAX_ATTEMPTS: "5" },
        loader: { olderNames: true, unset: ["AWS_ENDPOINT_URL", "AWS_PROFILE"] },
        secrets: {
          github_token: { file: "file:tokens.yaml", variable: "GITHUB_TOKEN", profiles: ["ci"] },
          "npm/token": { file: "file:tokens.yaml", key: "tokens/npm", variable: "NPM_TOKEN" },
          app: { file: "file:app.env", key: "ignored" },
        },
      },
    },
    ({ manifest, secrets, mistakes }) => {
      assert.deepEqual(mistakes, []);
      const { default: standard, ci } = manifest.profiles;
      assert.equal(ci!.files.GITHUB_TOKEN, "github_token");
      assert.equal(standard!.files.GITHUB_TOKEN, undefined);
      assert.equal(standard!.files.NPM_TOKEN, "npm/token");
      assert.equal(standard!.files.ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID, "aws_access_key_id");
      assert.deepEqual(ci!.constants, { AWS_MAX_ATTEMPTS: "5", CLAUDE_CODE_USE_BEDROCK: "1" });
      assert.equal(manifest.unset.at(-1), "AWS_ENDPOINT_URL");
      assert.equal(new Set(manifest.unset).size, manifest.unset.length);
      assert.deepEqual([secrets.app!.format, secrets.app!.key], ["dotenv", ""]);
    },
  ],
  "secrets belong to root and the group, or to whom they say": [
    {
      files: { "aws.yaml": aws },
      options: {
        group: "aws",
        secrets: {
          a: { key: "github_token" },
          b: { key: "github_token", owner: "nginx", mode: "0400", restartUnits: ["x.service"] },
          c: { key: "github_token", owner: "nginx", group: "web" },
        },
      },
    },
    ({ secrets }) => {
      const access = (name: string) => {
        const { mode, owner, group, restartUnits } = secrets[name]!;
        return [mode, owner, group, ...restartUnits];
      };
      assert.deepEqual(access("aws_region"), ["0440", "root", "aws"]);
      assert.deepEqual(access("a"), ["0440", "root", "aws"]);
      assert.deepEqual(access("b"), ["0400", "nginx", null, "x.service"]);
      assert.deepEqual(access("c"), ["0440", "nginx", "web"]);
    },
  ],
  "with home-manager they are the user's alone": [
    { platform: "home", files: { "aws.yaml": aws }, options: { secrets: { github_token: {} } } },
    ({ secrets, directory, mistakes }) => {
      assert.deepEqual(mistakes, []);
      assert.equal(directory, "/home/dev/.config/sops-nix/secrets");
      for (const { mode, owner, group } of Object.values(secrets)) {
        assert.deepEqual([mode, owner, group], ["0400", null, null]);
      }
    },
  ],
  "a file of the machine has all fields, and only its key for sure": [
    {
      files: { "aws.yaml": onlyCi },
      options: { runtimeSecretsFile: "/var/lib/aws.yaml", profiles: ["default", "ci"] },
    },
    ({ runtimeSecrets, manifest, secrets, mistakes }) => {
      assert.deepEqual(mistakes, []);
      assert.deepEqual(Object.keys(secrets).filter((name) => !name.startsWith("aws_ci_")), []);
      assert.deepEqual(
        Object.entries(runtimeSecrets).filter(([, { optional }]) => !optional).map(([name]) =>
          name
        ),
        ["aws_access_key_id", "aws_secret_access_key"],
      );
      assert.deepEqual(runtimeSecrets.aws_bedrock_model_id!.keys, [
        "bedrock/model_id",
        "profiles/default/model_id",
      ]);
      assert.ok(manifest.profiles.default!.optional.includes("AWS_SESSION_TOKEN"));
      assert.deepEqual(manifest.profiles.ci!.optional, []);
    },
  ],
  "facts in plaintext are shown": [
    {
      files: {
        "aws.yaml": await encrypted(
          `${key}lifecycle_unencrypted: {default: {created: "2026-11-22", rotate_by: "2027-02-06"}}\n`,
        ),
      },
    },
    ({ lifecycle, mistakes }) => {
      assert.deepEqual(mistakes, []);
      assert.deepEqual(lifecycle, { default: { created: "2026-11-22", rotateBy: "2027-02-06" } });
    },
  ],
  "a region that the file's own rule leaves in plaintext is no mistake": [
    {
      files: {
        "aws.yaml": await encrypted(`${key}aws_region: eu-west-1\n`, {
          selector: { rule: "encrypted_regex", text: "key" },
        }),
      },
    },
    (found) => {
      assert.deepEqual(found.mistakes, []);
      assert.ok(installed(found).includes("aws_region"));
    },
  ],
  "a file of another's that cannot be read is asked all the same, with a warning": [
    {
      files: { "aws.yaml": aws, "odd.yaml": `1: x\n${aws}` },
      options: { secrets: { github_token: { file: "file:odd.yaml" } } },
    },
    (found) => {
      assert.deepEqual(found.mistakes, []);
      assert.ok(installed(found).includes("github_token"));
      assert.match(found.warnings.join(), /the names in "…\/odd\.yaml" cannot be read \(line 1 /);
    },
  ],
  "secrets alone need no AWS credentials": [
    {
      files: { "t.yaml": aws },
      options: { secretsFile: null, secrets: { github_token: { file: "file:t.yaml" } } },
    },
    (found) => {
      assert.deepEqual(found.mistakes, []);
      assert.deepEqual(installed(found), ["github_token"]);
    },
  ],
  "a key in the store, or a path without quotes, is refused by its type": [
    {
      files: { "aws.yaml": aws },
      options: { ageKeyFile: "/nix/store/00000000000000000000000000000000-key.txt" },
    },
    (found) => assert.equal(found.refused, true),
  ],
};

peerTest(["nix"], "options and files come to what is installed", async (t) => {
  const cases = Object.entries(hosts);
  const found = await resolve(cases.map(([, [host]]) => host));
  for (const [index, [name, [, check]]] of cases.entries()) {
    await t.step(name, () => check(found[index]!));
  }
});

peerTest(["nix"], "a value of three million characters, and two hundred profiles", async () => {
  const leaf = (size: number) => `ENC[AES256_GCM,data:${"A".repeat(size)},iv:x,tag:y,type:str]`;
  const many = Array.from({ length: 200 }, (_, index) =>
    lines(
      `    p${index}:`,
      ...["access_key_id", "secret_access_key", "region", "model_id"].map((name) =>
        `        ${name}: ${leaf(60)}`
      ),
    ));
  const sops = aws.slice(aws.search(metadata));
  const top = lines(`aws_access_key_id: ${leaf(3e6)}`, `aws_secret_access_key: ${leaf(40)}`);
  const [big, wide] = await resolve([
    { files: { "aws.yaml": lines(top, sops) } },
    { files: { "aws.yaml": lines("profiles:", ...many, sops) } },
  ]);
  assert.deepEqual([big!.mistakes, installed(big!).length], [[], 2]);
  assert.deepEqual([wide!.mistakes, installed(wide!).length], [[], 800]);
});
