import assert from "node:assert/strict";
import { InvalidRuleError } from "../../src/sops/errors.ts";
import { compileRegex } from "../../src/sops/selectors.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testRecipient } from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";

/** Expressions that Go, JavaScript and other engines read differently, and names to try them on. */
const expressions = [
  "a",
  "^a$",
  "(?i)AB",
  "(?i:A)b",
  "(?s)a.b",
  "(?m)^b",
  "(?U)a+",
  "(?P<x>a)",
  "(?<x>a)",
  "(?:a)",
  "a(?=b)",
  "a(?!b)",
  "(?<=a)b",
  "(a)\\1",
  "(?>a)",
  "a++",
  "a**",
  "a{1001}",
  "a{1000}",
  "a{,3}",
  "a{2,1}",
  "a{1,2}",
  "{",
  "}",
  "]",
  "[",
  "[a",
  "[b-a]",
  "[]a]",
  "[^]a]",
  "[[:alpha:]]",
  "[[:^alpha:]]",
  "[[:word:]]",
  "[[:foo:]]",
  "[a-\\d]",
  "\\d",
  "\\D",
  "\\w",
  "\\W",
  "\\s",
  "\\S",
  "\\b",
  "\\B",
  "\\A",
  "\\z",
  "\\Z",
  "\\G",
  "\\Qa.b\\E",
  "\\Q.",
  "\\E",
  "\\pL",
  "\\p{Greek}",
  "\\P{Lu}",
  "\\p{^L}",
  "\\p{Foo}",
  "\\p{L}+",
  "\\x41",
  "\\x{e9}",
  "\\x{110000}",
  "\\u0041",
  "\\101",
  "\\8",
  "\\a",
  "\\C",
  "\\R",
  "\\X",
  "\\K",
  "\\h",
  "\\N",
  "\\-",
  "\\_",
  "\\/",
  "\\<",
  "(",
  ")",
  "()",
  "(|a)",
  "a|",
  "|",
  "*",
  "+",
  "?",
  "a?",
  "a??",
  "(?",
  "(?P<",
  "(?P<a",
  "(?P<1>a)",
  "(?z)a",
  "(?-i)A",
  "é",
  ".",
  "..",
  "^.$",
  "\\.",
  "$",
  "^",
  "x*",
  "[é-ü]",
  "[\\w-]",
  "[a-]",
  "[-a]",
  "[\\]]",
  "(?i)ſ",
  "(?i)K",
  "日",
];
const names = ["a", "b", "ab", "AB", "a.b", "é", "K", "日本", "x-y", "a_1", "s"];

peerTest(["sops"], `${expressions.length} expressions mean what they mean to Go`, async () => {
  const files = Object.fromEntries(
    expressions.map((path_regex, index) => [
      `${index}.json`,
      JSON.stringify({ creation_rules: [{ path_regex, age: testRecipient }] }),
    ]),
  );
  await using home = await temporaryHome({ ...files });
  for (const name of names) await home.write(name, "x");
  const different: string[] = [];
  await twoAtATime([...expressions.entries()], async ([index, expression]) => {
    const name = names[index % names.length]!;
    const { code, stderr } = await home.program("sops", [
      "--config",
      `${index}.json`,
      "encrypt",
      name,
    ]);
    const theirs = code === 0 ? "matches" : /can not compile/.test(stderr) ? "is none" : "does not";
    let ours: string;
    try {
      ours = (await compileRegex(expression, "path_regex"))(name) ? "matches" : "does not";
    } catch (error) {
      assert.ok(error instanceof InvalidRuleError);
      ours = "is none";
    }
    if (ours !== theirs) different.push(`${expression} on ${name}: ${ours}, with sops ${theirs}`);
  });
  assert.deepEqual(different, []);
});
