import assert from "node:assert/strict";
import { InvalidRuleError } from "../../src/sops/errors.ts";
import { compileSelector, type SelectorRule } from "../../src/sops/selectors.ts";
import { Comment, type Mapping, Scalar } from "../../src/sops/tree.ts";
import { encryptsAt, selectedLeaves } from "../../src/sops/walk.ts";

const leaf = () => new Scalar("str", "x");
const document: Mapping = {
  kind: "mapping",
  entries: [
    { kind: "pair", key: "aws_secret", value: leaf() },
    new Comment(" keep this in clear"),
    new Comment(" another line"),
    {
      kind: "pair",
      key: "plain_part",
      value: { kind: "mapping", entries: [{ kind: "pair", key: "aws_inner", value: leaf() }] },
    },
    {
      kind: "pair",
      key: "list",
      value: { kind: "sequence", items: [leaf(), new Comment(" keep this"), leaf(), leaf()] },
    },
  ],
};

// Each row: which of aws_secret, plain_part/aws_inner, list/0, list/1, list/2 are encrypted.
const cases: readonly (readonly [SelectorRule, text: string, encrypted: string])[] = [
  ["unencrypted_suffix", "_unencrypted", "yyyyy"],
  ["unencrypted_suffix", "_part", "ynyyy"],
  ["unencrypted_suffix", "list", "yynnn"],
  ["encrypted_suffix", "_inner", "nynnn"],
  ["encrypted_suffix", "list", "nnyyy"],
  ["unencrypted_regex", "^aws_", "nnyyy"],
  ["unencrypted_regex", "AWS", "yyyyy"],
  ["encrypted_regex", "^aws_", "yynnn"],
  ["encrypted_regex", "(?i)AWS|^li", "yyyyy"],
  ["encrypted_regex", "^x", "nnnnn"],
  ["unencrypted_comment_regex", "keep this", "ynyny"],
  ["encrypted_comment_regex", "keep this", "nynyn"],
  ["encrypted_comment_regex", "in clear$", "nynnn"],
];
for (const [rule, text, expected] of cases) {
  Deno.test(`${rule}: ${text}`, async () => {
    const selection = await compileSelector({ rule, text });
    const found = Array.from(
      selectedLeaves(document, selection),
      ({ encrypted }) => encrypted ? "y" : "n",
    );
    assert.equal(found.join(""), expected);
    for (const { path, encrypted } of selectedLeaves(document, selection)) {
      assert.equal(encryptsAt(document, path, selection), encrypted, path.join("/"));
    }
  });
}

Deno.test("a leaf that is not there yet is judged by where it would come", async () => {
  const suffix = await compileSelector({ rule: "unencrypted_suffix", text: "_unencrypted" });
  assert.equal(encryptsAt(document, ["new", "deep"], suffix), true);
  assert.equal(encryptsAt(document, ["new_unencrypted", "deep"], suffix), false);
  assert.equal(encryptsAt(document, ["aws_secret", "x_unencrypted"], suffix), false);
  const comment = await compileSelector({ rule: "unencrypted_comment_regex", text: "last" });
  const trailing: Mapping = { kind: "mapping", entries: [new Comment(" last")] };
  assert.equal(encryptsAt(trailing, ["new"], comment), false);
});

for (const rule of ["encrypted_regex", "unencrypted_regex", "encrypted_comment_regex"] as const) {
  Deno.test(`${rule} that is no expression is refused, not passed over`, () =>
    assert.rejects(compileSelector({ rule, text: "^aws_(" }), InvalidRuleError));
}
