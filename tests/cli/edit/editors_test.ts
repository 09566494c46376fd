import assert from "node:assert/strict";
import { withoutLeftovers } from "../../../src/cli/edit/editors.ts";
import { splitWords, WordsError } from "../../../src/cli/edit/words.ts";

const words: readonly [string, readonly string[]][] = [
  ["vim", ["vim"]],
  ["  code   --wait ", ["code", "--wait"]],
  ["emacs -nw --eval '(a b)'", ["emacs", "-nw", "--eval", "(a b)"]],
  [`"/opt/my editor/bin" -x`, ["/opt/my editor/bin", "-x"]],
  [`a\\ b c\\"d`, ["a b", 'c"d']],
  [`"a\\"b" 'a\\b'`, ['a"b', "a\\b"]],
  [`a"b"'c'd`, ["abcd"]],
  [`'' ""`, ["", ""]],
  ["vim # a comment\n-n", ["vim", "-n"]],
  ["a#b", ["a#b"]],
  ["$HOME/x `id`", ["$HOME/x", "`id`"]],
  ["", []],
];
for (const [text, expected] of words) {
  Deno.test(`an editor's words: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(splitWords(text), expected);
  });
}

for (const text of ["'open", '"open', "end\\", '"end\\']) {
  Deno.test(`an editor's words: ${JSON.stringify(text)} is left open`, () => {
    assert.throws(() => splitWords(text), WordsError);
  });
}

const has = (editor: string, program: string | undefined, expected: readonly string[]) =>
  Deno.test(`"${editor}" leaves nothing behind${program ? `, as ${program}` : ""}`, () => {
    const { args } = withoutLeftovers(splitWords(editor), program);
    for (const each of expected) {
      assert.ok(args.some((arg) => arg.includes(each)), `${each} is not in ${args.join(" ")}`);
    }
  });
has("vim", undefined, ["NONE", "-n", "noswapfile", "noundofile", "nowritebackup", "viminfo="]);
has("vi", "/usr/bin/vim.basic", ["NONE", "noundofile"]);
has("nvim -R", undefined, ["shada=", "-R"]);
has("gvim", undefined, ["-f", "noswapfile"]);
has("emacs -nw", undefined, ["-nw", "make-backup-files nil", "auto-save-default nil"]);
has("nano", undefined, ["--ignorercfiles"]);
has("code", undefined, ["--wait"]);

Deno.test("an editor that is told to wait is not told twice", () => {
  assert.deepEqual(withoutLeftovers(["code", "-w"]).args, ["-w"]);
});

Deno.test("an editor that nobody knows is started as it was given", () => {
  assert.deepEqual(withoutLeftovers(["hx", "-v"]), { command: "hx", args: ["-v"] });
});
