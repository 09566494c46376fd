import assert from "node:assert/strict";
import { commandWords, shellQuote } from "../../src/platform/command_line.ts";
import { peerTest } from "../support/peers.ts";

const lines: readonly [string, readonly string[] | undefined][] = [
  ["vim", ["vim"]],
  ["a b", ["a", "b"]],
  ["  a\t b\n", ["a", "b"]],
  ["  code   --wait ", ["code", "--wait"]],
  ["emacs -nw --eval '(a b)'", ["emacs", "-nw", "--eval", "(a b)"]],
  [`"/opt/my editor/bin" -x`, ["/opt/my editor/bin", "-x"]],
  [`a "b c" 'd "e'`, ["a", "b c", 'd "e']],
  [`a\\ b "c\\"d" 'e\\f'`, ["a b", 'c"d', "e\\f"]],
  [`a\\ b c\\"d`, ["a b", 'c"d']],
  [`"a\\"b" 'a\\b'`, ['a"b', "a\\b"]],
  [`a"b"'c'd`, ["abcd"]],
  [`a "" ''`, ["a", "", ""]],
  ["a # b", ["a"]],
  ["vim # a comment\n-n", ["vim", "-n"]],
  ["a#b", ["a#b"]],
  ["$HOME/x `id` *", ["$HOME/x", "`id`", "*"]],
  ["", []],
  ["'open", undefined],
  ['a "open', undefined],
  ["end\\", undefined],
  ['"end\\', undefined],
];
for (const [line, words] of lines) {
  Deno.test(`commandWords: ${JSON.stringify(line)}`, () => {
    assert.deepEqual(commandWords(line), words);
  });
}

const texts = ["plain", "a b", "it's", `"'\\`, "$HOME `id` *", "", "a\nb", "~", "#", "ä"];
for (const text of texts) {
  Deno.test(`shellQuote: ${JSON.stringify(text)} is one word again`, () => {
    assert.deepEqual(commandWords(shellQuote(text)), [text]);
  });
}

peerTest(["dash"], "a shell takes quoted words for what they are", () => {
  const { stdout } = new Deno.Command("dash", {
    args: ["-c", `printf '%s\\0' ${texts.map(shellQuote).join(" ")}`],
  }).outputSync();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), texts);
});
