import { bech32 } from "@scure/base";
import assert from "node:assert/strict";
import { InvalidRuleError, NoRuleError, RecipientError } from "../../src/sops/errors.ts";
import { parseRules, ruleFor } from "../../src/sops/rules.ts";
import { type Plain, plain } from "./stores/plain.ts";

const one = "age1lmq8a0cm0uuqyxr43wl5snt2edxgye8zn2nak6qyp4rrds5j6ees72x245";
const two = "age1a8pk4akrdamj7nvqy3zywgtny8dxz7t5xzu7u8v9mhrayp9freqsqatyrs";

const str = (key: string, value: string): Plain => [["str", key], ["str", value]];

async function rule(text: string, path = "secrets/aws.yaml") {
  return await ruleFor(await parseRules(text, ".sops.yaml"), path);
}

const recipients: readonly (readonly [string, yaml: string, expected: readonly string[]])[] = [
  ["text with commas", `age: "${one}, ${two},"`, [one, two]],
  ["text over several lines", `age: >-\n      ${one},\n      ${two}`, [one, two]],
  ["a list", `age:\n      - ${one} # you\n      - ${two}`, [one, two]],
  ["a list with commas inside", `age: ["${one},${two}"]`, [one, two]],
  ["one twice", `age: "${one},${one}"`, [one]],
  ["one key group", `key_groups: [{age: [${one}, ${two}]}]`, [one, two]],
  ["a key group before keys of the rule", `age: ${two}\n    key_groups: [{age: [${one}]}]`, [one]],
  ["merged groups", `key_groups: [{merge: [{age: [${two}]}], age: [${one}]}]`, [two, one]],
  ["an anchor", `key_groups: [{age: &a [${one}]}]`, [one]],
  ["none", "encrypted_regex: x", []],
];
for (const [what, yaml, expected] of recipients) {
  Deno.test(`a rule's recipients: ${what}`, async () => {
    const found = await rule(`creation_rules:\n  - path_regex: \\.yaml$\n    ${yaml}\n`);
    assert.deepEqual(found.recipients, expected);
    assert.deepEqual(found.unsupported, []);
  });
}

Deno.test("the first rule that matches counts, and one without an expression matches all", async () => {
  const text = `
creation_rules:
  - path_regex: ^secrets/prod/
    age: ${one}
  - path_regex: \\.ya?ml$
    age: ${two}
    encrypted_regex: ^secret
  - age: ${one},${two}
    mac_only_encrypted: true
`;
  assert.deepEqual((await rule(text, "secrets/prod/aws.yaml")).recipients, [one]);
  const second = await rule(text, "secrets/aws.yaml");
  assert.deepEqual(second.recipients, [two]);
  assert.deepEqual(second.selector, { rule: "encrypted_regex", text: "^secret" });
  assert.equal(second.macOnlyEncrypted, false);
  const third = await rule(text, "secrets/aws.json");
  assert.deepEqual(third.recipients, [one, two]);
  assert.deepEqual(third.selector, { rule: "unencrypted_suffix", text: "_unencrypted" });
  assert.equal(third.macOnlyEncrypted, true);
});

Deno.test("expressions are RE2: found anywhere, with its syntax", async () => {
  const text = (regex: string) => `creation_rules: [{path_regex: '${regex}', age: ${one}}]`;
  assert.ok(await rule(text("AWS|aws")));
  assert.ok(await rule(text("(?i)AWS\\.YAML$")));
  assert.ok(await rule(text("^(?P<folder>[[:alpha:]]+)/\\Qaws.yaml\\E$")));
  await assert.rejects(rule(text("^aws")), NoRuleError);
  await assert.rejects(rule(text("(?=aws)")), InvalidRuleError);
  await assert.rejects(rule(text("(")), InvalidRuleError);
});

Deno.test("no rule matches: the error says for which file, and of how many", async () => {
  const text = `creation_rules: [{path_regex: ^a$, age: ${one}}, {path_regex: ^b$, age: ${one}}]`;
  await assert.rejects(rule(text, "c"), (error) => {
    assert.ok(error instanceof NoRuleError);
    assert.deepEqual([error.file, error.rules], ["c", 2]);
    return true;
  });
  for (const empty of ["", "# nothing\n", "creation_rules:\n", "stores: {yaml: {indent: 2}}"]) {
    await assert.rejects(rule(empty), NoRuleError);
  }
});

const keysOfOthers: readonly (readonly [what: string, yaml: string, expected: Plain[]])[] = [
  ["PGP", "pgp: AB CD, EF", [["pgp", str("fp", "ABCD")], ["pgp", str("fp", "EF")]]],
  ["KMS", "kms: arn:aws:kms:us-east-1:1:key/x", [[
    "kms",
    str("arn", "arn:aws:kms:us-east-1:1:key/x"),
    str("aws_profile", ""),
  ]]],
  ["KMS with a role and a profile", "kms: [arn:k+arn:r]\n    aws_profile: dev", [[
    "kms",
    str("arn", "arn:k"),
    str("role", "arn:r"),
    str("aws_profile", "dev"),
  ]]],
  ["GCP", "gcp_kms: projects/p/x", [["gcp_kms", str("resource_id", "projects/p/x")]]],
  ["Huawei", "hckms: [eu-west:1-2]", [["hckms", str("key_id", "eu-west:1-2")]]],
  ["Azure", "azure_keyvault: https://v.vault.azure.net/keys/k/1", [[
    "azure_kv",
    str("vault_url", "https://v.vault.azure.net"),
    str("name", "k"),
    str("version", "1"),
  ]]],
  ["Azure without a version", "azure_keyvault: https://v/keys/k/", [[
    "azure_kv",
    str("vault_url", "https://v"),
    str("name", "k"),
    str("version", ""),
  ]]],
  ["Vault", "hc_vault_transit_uri: https://v:8200/v1/a/b/keys/k", [[
    "hc_vault",
    str("vault_address", "https://v:8200"),
    str("engine_path", "a/b"),
    str("key_name", "k"),
  ]]],
  [
    "a key group of all",
    `key_groups:
      - pgp: [AB]
        kms: [{arn: k, role: r, context: {a: b, n: null, i: 1}, aws_profile: p}, {arn: k2}]
        gcp_kms: [{resource_id: g}]
        hckms: [{key_id: "r:u"}]
        azure_keyvault: [{vaultUrl: "https://v", key: k, version: "1"}]
        hc_vault: [http://v/v1/transit/keys/k]`,
    [
      ["pgp", str("fp", "AB")],
      [
        "kms",
        str("arn", "k"),
        str("role", "r"),
        [["str", "context"], ["map", str("a", "b"), [["str", "n"], ["null"]], str("i", "1")]],
        str("aws_profile", "p"),
      ],
      ["kms", str("arn", "k2"), str("aws_profile", "")],
      ["gcp_kms", str("resource_id", "g")],
      ["hckms", str("key_id", "r:u")],
      ["azure_kv", str("vault_url", "https://v"), str("name", "k"), str("version", "1")],
      [
        "hc_vault",
        str("vault_address", "http://v"),
        str("engine_path", "transit"),
        str(
          "key_name",
          "k",
        ),
      ],
    ],
  ],
  ["one twice", "pgp: AB,AB", [["pgp", str("fp", "AB")]]],
];
for (const [what, yaml, expected] of keysOfOthers) {
  Deno.test(`a rule's keys of other types, as metadata has them: ${what}`, async () => {
    const found = await rule(`creation_rules:\n  - path_regex: .\n    ${yaml}\n`);
    const keys = found.groups.flat().map((key) =>
      key.type === "age" ? key.recipient : [key.type, ...plain(key.entry).slice(1)]
    );
    assert.deepEqual(keys, expected);
    assert.deepEqual(found.unsupported, [...new Set(expected.map(([type]) => type))]);
  });
}

Deno.test("key groups and their threshold are kept apart", async () => {
  const found = await rule(`
creation_rules:
  - shamir_threshold: 2
    key_groups:
      - age: [${one}]
      - age: [${two}, ${one}]
        merge: [{pgp: [AB]}]
      - {}
`);
  assert.deepEqual(found.groups.map((group) => group.map(({ type }) => type)), [
    ["age"],
    ["pgp", "age", "age"],
    [],
  ]);
  assert.equal(found.shamirThreshold, 2);
  assert.deepEqual(found.recipients, [one, two]);
  assert.deepEqual(found.unsupported, ["key_groups", "pgp"]);
});

Deno.test("no key groups are as good as none", async () => {
  const found = await rule(`creation_rules: [{age: ${one}, key_groups: []}]`);
  assert.deepEqual(found.recipients, [one]);
  assert.equal(found.shamirThreshold, undefined);
});

Deno.test("a flag can be a word of YAML 1.1, as Go reads it", async () => {
  for (const [word, flag] of [["yes", true], ["On", true], ["no", false], ["true", true]]) {
    const found = await rule(`creation_rules: [{age: ${one}, mac_only_encrypted: ${word}}]`);
    assert.equal(found.macOnlyEncrypted, flag);
  }
});

Deno.test("recipients of every kind of age stand side by side", async () => {
  const recipients = [
    one,
    bech32.encode("age1pq", bech32.toWords(new Uint8Array(1216)), false),
    bech32.encodeFromBytes("age1yubikey", new Uint8Array(33)),
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBI1+Q+ntzANebtnicCiAY29uqLGWOaOGLEa8bUqOVmS root@host",
  ];
  const listed = recipients.map((each) => `      - ${each}`).join("\n");
  const found = await rule(`creation_rules:\n  - path_regex: .\n    age:\n${listed}\n`);
  assert.deepEqual(found.recipients, recipients);
  assert.deepEqual(found.unsupported, []);
});

const faults: readonly (readonly [string, string, new (...args: never[]) => Error])[] = [
  ["no YAML", "creation_rules: [", InvalidRuleError],
  ["a key twice", `creation_rules:\n  - age: ${one}\n    age: ${two}`, InvalidRuleError],
  ["an unknown alias", "creation_rules: [{age: *nobody}]", InvalidRuleError],
  ["a list at the top", "- a", InvalidRuleError],
  ["rules that are no list", "creation_rules: {age: x}", InvalidRuleError],
  ["a rule that is no mapping", "creation_rules: [age]", InvalidRuleError],
  ["recipients that are no text", "creation_rules: [{age: 1}]", InvalidRuleError],
  ["a recipient with a typing error", `creation_rules: [{age: ${one}x}]`, RecipientError],
  ["a recipient that is none", "creation_rules: [{age: alice}]", RecipientError],
  [
    "two selectors",
    "creation_rules: [{encrypted_regex: a, encrypted_suffix: b}]",
    InvalidRuleError,
  ],
  ["a flag that is none", "creation_rules: [{mac_only_encrypted: 1}]", InvalidRuleError],
  ["a threshold that is no number", `creation_rules: [{shamir_threshold: two}]`, InvalidRuleError],
  ["an Azure key that is no URL", "creation_rules: [{azure_keyvault: x}]", RecipientError],
  [
    "a Vault key with a longer path",
    "creation_rules: [{hc_vault_transit_uri: 'https://v/p/v1/t/keys/k'}]",
    RecipientError,
  ],
  ["a Huawei key without a region", "creation_rules: [{hckms: [x]}]", RecipientError],
  [
    "a context that is no mapping",
    "creation_rules: [{key_groups: [{kms: [{arn: x, context: y}]}]}]",
    InvalidRuleError,
  ],
  ["an indent that is no number", "stores: {yaml: {indent: wide}}", InvalidRuleError],
  [
    "an alias bomb",
    `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
creation_rules: [{x: *d}]
`,
    InvalidRuleError,
  ],
];
for (const [what, text, kind] of faults) {
  Deno.test(`rules with ${what} are refused`, () => assert.rejects(rule(text), kind));
}

Deno.test("the layout of files is read", async () => {
  const read = async (text: string) => (await parseRules(text, ".sops.yaml")).layouts;
  assert.deepEqual(await read("stores: {yaml: {indent: 2}, json: {indent: 0}, dotenv: {}}"), {
    yaml: { indent: 2 },
    json: { indent: 0 },
  });
  assert.deepEqual(await read("stores: {yaml: {indent: 0}}"), {});
});

Deno.test("unknown fields are passed over", async () => {
  const found = await rule(`creation_rules: [{age: ${one}, colour: red}]\nfuture: {a: 1}\n`);
  assert.deepEqual(found.recipients, [one]);
});
