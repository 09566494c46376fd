import assert from "node:assert/strict";
import { newRulesText, pathRegexFor, withRule } from "../../src/cli/init/rules_text.ts";
import { parseRules, ruleFor } from "../../src/sops/rules.ts";

const you = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const recipients = [{ recipient: you, name: "you, alice@nimbus" }];

const paths: readonly (readonly [file: string, also: readonly string[], not: readonly string[]])[] =
  [
    ["secrets/aws.yaml", ["secrets/other.json"], [
      "secrets/deep/aws.yaml",
      "xsecrets/aws.yaml",
      "secrets/aws.yaml.bak",
      "secrets/aws.env",
    ]],
    ["aws.yaml", [], ["xaws.yaml", "awsXyaml", "secrets/aws.yaml"]],
    ["a.b (1)/it's+.yaml", ["a.b (1)/x.yml"], ["aXb (1)/x.yaml"]],
    ["hosts/[nimbus]/aws.json", ["hosts/[nimbus]/b.yaml"], ["hosts/n/aws.json"]],
  ];
for (const [file, also, not] of paths) {
  Deno.test(`a new rule for "${file}" is for it and its neighbours, and for nothing else`, async () => {
    const rules = await parseRules(newRulesText(pathRegexFor(file), recipients), ".sops.yaml");
    for (const path of [file, ...also]) {
      assert.deepEqual((await ruleFor(rules, path)).recipients, [you], path);
    }
    for (const path of not) await assert.rejects(async () => await ruleFor(rules, path), path);
  });
}

const additions: readonly (readonly [name: string, before: string, at: string])[] = [
  ["an empty file", "", ""],
  ["a file of comments", "# nothing yet\n", ""],
  ["other settings", "stores:\n  yaml:\n    indent: 2\n", ""],
  ["one rule", "creation_rules:\n  - path_regex: ^a\n    age: x\n", ""],
  [
    "rules that are not indented",
    "creation_rules:\n- path_regex: ^a\n  pgp: x\n- age: y\n  path_regex: b\n",
    "",
  ],
  ["no line end at the end", "creation_rules:\n  - path_regex: ^a", ""],
  [
    "something after the rules",
    "creation_rules:\n  - path_regex: ^a # why\n# end\nstores: {}\n",
    "# end",
  ],
  ["CR LF", "creation_rules:\r\n  - path_regex: ^a\r\n", ""],
  [
    "rules with key groups",
    "creation_rules:\n    - path_regex: ^a\n      key_groups:\n        - age:\n            - x\n            - y\n",
    "",
  ],
];
for (const [name, before, at] of additions) {
  Deno.test(`a rule is added to ${name}, and every byte that was there stays`, async () => {
    const after = await withRule(before, "^secrets/", recipients);
    assert.ok(after !== undefined);
    const rules = await parseRules(after, ".sops.yaml");
    assert.equal(rules.creationRules.at(-1)?.fields.path_regex, "^secrets/");
    assert.deepEqual((await ruleFor(rules, "secrets/aws.yaml")).recipients, [you]);
    const newline = before.includes("\r\n") ? "\r\n" : "\n";
    assert.ok(after.endsWith(at && before.slice(before.indexOf(at))));
    const whole = before && !before.endsWith("\n") ? before + newline : before;
    // What was added stands in one piece; without it the file is as it was.
    const start = [...after].findIndex((character, index) => character !== whole[index]);
    const cut = start < 0 ? whole.length : start;
    assert.equal(after.slice(0, cut) + after.slice(cut + after.length - whole.length), whole);
    assert.equal(after.includes("\r\n"), before.includes("\r\n"));
    assert.equal(/[^\r]\n/.test(after), !before.includes("\r\n"));
  });
}

const impossible: readonly (readonly [name: string, text: string])[] = [
  ["rules in one line", "creation_rules: [{ path_regex: ^a }]\n"],
  ["an empty list", "creation_rules: []\n"],
  ["no value", "creation_rules:\n"],
  ["no YAML", "creation_rules: [\n"],
  ["a list at the top", "- a\n"],
];
for (const [name, text] of impossible) {
  Deno.test(`a rule is not added to ${name}`, async () => {
    assert.equal(await withRule(text, "^secrets/", recipients), undefined);
  });
}

Deno.test("a name cannot break out of its comment", () => {
  const text = newRulesText("^a", [{ recipient: you, name: "x\n          - age1evil" }]);
  assert.equal(text.split("\n").length, newRulesText("^a", recipients).split("\n").length);
});
