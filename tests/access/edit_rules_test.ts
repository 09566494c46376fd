import assert from "node:assert/strict";
import { editRules, type RulesEdit } from "../../src/access/edit_rules.ts";
import { RulesLayoutError } from "../../src/access/errors.ts";
import { recipientNames } from "../../src/access/names.ts";
import { parseRules, ruleFor } from "../../src/sops/rules.ts";

const A = "age18kqgvrzf6kf5khes45e0lm0da65q4xmv47phfmkn66v0sgappp2qt4epqd";
const B = "age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun";
const C = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const S =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN alice@host";

const named = (text: string) =>
  text.replaceAll("{A}", A).replaceAll("{B}", B).replaceAll("{C}", C).replaceAll("{S}", S);

const all = new Set([0]);
const addC = { rules: all, add: [{ recipient: C, name: "carol" }] };
const removeB = { rules: all, remove: [B] };

const cases: readonly (readonly [what: string, edit: RulesEdit, before: string, after: string])[] =
  [
    [
      "a list: a line at its end, with its name",
      addC,
      "# all\ncreation_rules:\n  - path_regex: x # why\n    age:\n      - {A} # alice\n      - {B} # bob\n    # tail\n\nstores: {}\n",
      "# all\ncreation_rules:\n  - path_regex: x # why\n    age:\n      - {A} # alice\n      - {B} # bob\n      - {C} # carol\n    # tail\n\nstores: {}\n",
    ],
    [
      "a list without an end of its last line",
      addC,
      "creation_rules:\n- key_groups:\n  - age:\n    - {A}",
      "creation_rules:\n- key_groups:\n  - age:\n    - {A}\n    - {C} # carol",
    ],
    [
      "a list with CRLF",
      addC,
      "creation_rules:\r\n- age:\r\n  - {A}\r\n",
      "creation_rules:\r\n- age:\r\n  - {A}\r\n  - {C} # carol\r\n",
    ],
    [
      "one who is there already",
      { rules: all, add: [{ recipient: B }] },
      "creation_rules:\n- age:\n  - {A}\n  - {B}\n",
      "creation_rules:\n- age:\n  - {A}\n  - {B}\n",
    ],
    [
      "a list loses a line with the comment behind it",
      removeB,
      "creation_rules:\n  - age:\n      # the team\n      - {A} # alice\n      - {B} # bob\n      - {C}\n",
      "creation_rules:\n  - age:\n      # the team\n      - {A} # alice\n      - {C}\n",
    ],
    [
      "a list loses a line with the comment above it, where each has one",
      removeB,
      "creation_rules:\n  - age:\n      # alice\n      - {A}\n      # bob\n      - {B}\n",
      "creation_rules:\n  - age:\n      # alice\n      - {A}\n",
    ],
    [
      "a heading stays",
      removeB,
      "creation_rules:\n  - age:\n      # people\n      - {B}\n      - {A}\n",
      "creation_rules:\n  - age:\n      # people\n      - {A}\n",
    ],
    [
      "another in place of the last one",
      { rules: all, add: [{ recipient: C }], remove: [B] },
      "creation_rules:\n  - age:\n      - {A}\n      - {B}\n",
      "creation_rules:\n  - age:\n      - {A}\n      - {C}\n",
    ],
    [
      "anchors of sops-nix: an alias goes, its definition stays",
      removeB,
      "keys:\n  - &alice {A}\n  - &bob {B}\ncreation_rules:\n  - path_regex: s\n    key_groups:\n      - age:\n          - *alice\n          - *bob\n",
      "keys:\n  - &alice {A}\n  - &bob {B}\ncreation_rules:\n  - path_regex: s\n    key_groups:\n      - age:\n          - *alice\n",
    ],
    [
      "anchors of sops-nix: a new one stands for itself",
      addC,
      "keys:\n  - &alice {A}\ncreation_rules:\n  - key_groups:\n      - age:\n          - *alice\n",
      "keys:\n  - &alice {A}\ncreation_rules:\n  - key_groups:\n      - age:\n          - *alice\n          - {C} # carol\n",
    ],
    [
      "a list that all of its rules are to change in",
      { rules: new Set([0, 1]), add: [{ recipient: C }] },
      "creation_rules:\n  - path_regex: a\n    age: &us\n      - {A}\n  - path_regex: b\n    age: *us\n",
      "creation_rules:\n  - path_regex: a\n    age: &us\n      - {A}\n      - {C}\n  - path_regex: b\n    age: *us\n",
    ],
    [
      "a list in brackets",
      addC,
      "creation_rules:\n  - age: [{A}, {B}] # both\n",
      "creation_rules:\n  - age: [{A}, {B}, {C}] # both\n",
    ],
    [
      "the first in brackets goes",
      { rules: all, remove: [A] },
      "creation_rules:\n  - age: [ {A}, {B}, {C} ]\n",
      "creation_rules:\n  - age: [ {B}, {C} ]\n",
    ],
    [
      "the last in brackets goes",
      removeB,
      "creation_rules:\n  - { path_regex: x, age: [{A}, {B}] }\n",
      "creation_rules:\n  - { path_regex: x, age: [{A}] }\n",
    ],
    [
      "text with commas",
      addC,
      "creation_rules:\n  - age: {A},{B} # us\n",
      "creation_rules:\n  - age: {A},{B},{C} # us\n",
    ],
    [
      "one alone in quotes",
      addC,
      'creation_rules:\n  - age: "{A}"\n    path_regex: x\n',
      'creation_rules:\n  - age: "{A},{C}"\n    path_regex: x\n',
    ],
    [
      "text over lines",
      addC,
      "creation_rules:\n  - age: >-\n      {A},\n      {B}\n    path_regex: x\n",
      "creation_rules:\n  - age: >-\n      {A},\n      {B},\n      {C}\n    path_regex: x\n",
    ],
    [
      "the last of a text over lines goes",
      removeB,
      "creation_rules:\n  - age: >-\n      {A},\n      {B}\n",
      "creation_rules:\n  - age: >-\n      {A}\n",
    ],
    [
      "the first of a text goes",
      { rules: all, remove: [A] },
      "creation_rules:\n  - age: '{A}, {B}'\n",
      "creation_rules:\n  - age: '{B}'\n",
    ],
    [
      "the middle of a text goes",
      removeB,
      "creation_rules:\n  - age: {A}, {B}, {C}\n",
      "creation_rules:\n  - age: {A}, {C}\n",
    ],
    [
      "an SSH key",
      { rules: all, add: [{ recipient: S, name: "alice's laptop" }] },
      "creation_rules:\n  - age:\n    - {A}\n",
      "creation_rules:\n  - age:\n    - {A}\n    - {S} # alice's laptop\n",
    ],
    [
      "only the rules that are named",
      { rules: new Set([1]), remove: [B] },
      "creation_rules:\n  - path_regex: a\n    age: [{A}, {B}]\n  - path_regex: b\n    age: [{A}, {B}]\n",
      "creation_rules:\n  - path_regex: a\n    age: [{A}, {B}]\n  - path_regex: b\n    age: [{A}]\n",
    ],
    [
      "out of every key group",
      removeB,
      "creation_rules:\n  - key_groups:\n      - age: [{A}, {B}]\n      - age:\n          - {B} # bob\n          - {C}\n",
      "creation_rules:\n  - key_groups:\n      - age: [{A}]\n      - age:\n          - {C}\n",
    ],
  ];

for (const [what, edit, before, after] of cases) {
  Deno.test(`rules: ${what}`, async () => {
    assert.equal(await editRules(named(before), ".sops.yaml", edit), named(after));
    // What it says is what SOPS reads.
    await parseRules(named(after), "r");
  });
}

const refusals: readonly (readonly [
  what: string,
  edit: RulesEdit,
  text: string,
  reason: RegExp,
  lines: readonly number[],
])[] = [
  [
    "a list that another rule has as well",
    addC,
    "creation_rules:\n  - path_regex: a\n    age: &us\n      - {A}\n  - path_regex: b\n    age: *us\n",
    /shared with another rule/,
    [4],
  ],
  [
    "merged from somewhere else",
    { rules: new Set([1]), remove: [B] },
    "creation_rules:\n  - &base\n    path_regex: a\n    age: [{A}, {B}]\n  - <<: *base\n    path_regex: b\n",
    /shared with another rule/,
    [4],
  ],
  [
    "the last one",
    { rules: all, remove: [A] },
    "creation_rules:\n  - age: {A}\n",
    /nobody would be left/,
    [2],
  ],
  [
    "the last one of a list",
    { rules: all, remove: [A] },
    "creation_rules:\n  - age:\n    - {A}\n",
    /nobody would be left/,
    [3],
  ],
  [
    "no age recipients",
    addC,
    "creation_rules:\n  - pgp: 85D77543B3D624B63CEA9E6DBC17301B491B3F21\n",
    /no list of age recipients/,
    [2],
  ],
  [
    "several key groups",
    addC,
    "creation_rules:\n  - key_groups:\n      - age: [{A}]\n      - age: [{B}]\n",
    /to which of them/,
    [3, 4],
  ],
  [
    "an anchor that others still point at",
    removeB,
    "creation_rules:\n  - path_regex: a\n    age:\n      - {A}\n      - &bob {B}\n  - path_regex: b\n    age:\n      - {A}\n      - *bob\n",
    /shared with another rule/,
    [4],
  ],
];

for (const [what, edit, text, reason, lines] of refusals) {
  Deno.test(`rules are left alone: ${what}`, async () => {
    await assert.rejects(editRules(named(text), ".sops.yaml", edit), (error) => {
      assert.ok(error instanceof RulesLayoutError);
      assert.match(error.reason, reason);
      assert.deepEqual(error.lines.map(({ number }) => number), lines);
      return true;
    });
  });
}

Deno.test("added and removed again, the rules are what they were", async () => {
  for (const [, , before] of cases) {
    const text = named(before);
    const rule = await ruleFor(await parseRules(text, "r"), "axb/s").catch(() => undefined);
    if (!rule || rule.recipients.includes(C) || text.includes("*us")) continue;
    const rules = new Set([0]);
    if (rule.groups.length > 1) continue;
    const more = await editRules(text, "r", { rules, add: [{ recipient: C, name: "carol" }] });
    const again = await editRules(more, "r", { rules, remove: [C] });
    assert.equal(again.trimEnd(), text.trimEnd());
  }
});

const names: readonly (readonly [what: string, text: string, names: Record<string, string>])[] = [
  ["behind", "a:\n  - {A} # alice, laptop\n  - {B}\n", { [A]: "alice, laptop" }],
  ["above each", "a:\n  # alice\n  - {A}\n  # bob\n  - {B}\n", { [A]: "alice", [B]: "bob" }],
  ["a heading is no name", "a:\n  # people\n  - {A}\n  - {B}\n", {}],
  ["an anchor", "keys:\n  - &alice {A}\n  - &host_1 {B} # nimbus\n", {
    [A]: "alice",
    [B]: "nimbus",
  }],
  [
    "an alias with a comment",
    "keys: [&a {A}]\nr:\n  - *a # alice\n",
    { [A]: "alice" },
  ],
  ["an SSH key", "a:\n  - {S} # alice\n", { [S]: "alice" }],
];
for (const [what, text, expected] of names) {
  Deno.test(`names in comments: ${what}`, async () => {
    assert.deepEqual(Object.fromEntries(await recipientNames(named(text))), expected);
  });
}
