import assert from "node:assert/strict";
import { type CommandLine, GrammarError, parseCommandLine } from "../../src/cli/sops/grammar.ts";

const env = {};

/** What decides about the run of a command line, short. */
function outline({ subcommand, flags, words }: CommandLine): unknown[] {
  const on = ["decrypt", "encrypt", "in-place", "value-stdin", "ignore-mac"]
    .filter((name) => flags.bool(name));
  const texts = ["extract", "output", "age", "input-type"].flatMap((name) =>
    flags.text(name) ? [`${name}=${flags.text(name)}`] : []
  );
  return [subcommand, [...on, ...texts], [...words]];
}

const cases: readonly [string, readonly string[], unknown[]][] = [
  ["one dash and two", ["-decrypt", "s.yaml"], ["root", ["decrypt"], ["s.yaml"]]],
  ["a short flag with two dashes", ["--d", "s.yaml"], ["root", ["decrypt"], ["s.yaml"]]],
  ["a bool with its value", ["-d=false", "s.yaml"], ["root", [], ["s.yaml"]]],
  ["a flag after the file is a word", ["s.yaml", "-d"], ["root", [], ["s.yaml", "-d"]]],
  ["two dashes end the flags", ["-d", "--", "-e"], ["root", ["decrypt"], ["-e"]]],
  ["a lone dash is a word", ["-d", "-"], ["root", ["decrypt"], ["-"]]],
  ["a value with =", ["-d", '--extract=["a"]', "s"], [
    "root",
    ["decrypt", 'extract=["a"]'],
    ["s"],
  ]],
  ["a value that looks like a flag", ["-d", "--extract", "-e", "s"], [
    "root",
    ["decrypt", "extract=-e"],
    ["s"],
  ]],
  ["a subcommand", ["decrypt", "s.yaml"], ["decrypt", [], ["s.yaml"]]],
  ["a subcommand's flags after the file", ["decrypt", "s.yaml", "-i"], [
    "decrypt",
    ["in-place"],
    ["s.yaml"],
  ]],
  ["a subcommand's values after the file", ["encrypt", "p.yaml", "--age", "age1"], [
    "encrypt",
    ["age=age1"],
    ["p.yaml"],
  ]],
  ["an unknown flag after the file is a word", ["decrypt", "s.yaml", "--bogus"], [
    "decrypt",
    [],
    ["s.yaml", "--bogus"],
  ]],
  ["a word after a moved bool goes with it", ["decrypt", "a", "-i", "b"], [
    "decrypt",
    ["in-place"],
    ["b", "a"],
  ]],
  ["the last of several counts", ["-d", "--output", "a", "--output", "b", "s"], [
    "root",
    ["decrypt", "output=b"],
    ["s"],
  ]],
  ["a word that is no subcommand is a file", ["bogus"], ["root", [], ["bogus"]]],
  ["what is not ours", ["publish", "-y", "s.yaml"], ["foreign", [], ["-y", "s.yaml"]]],
  ["a subcommand of groups", ["groups", "add", "-f", "s", "-i"], ["groups add", ["in-place"], []]],
  ["one word that looks like two", ["groups add", "x"], ["root", [], ["groups add", "x"]]],
  ["groups alone", ["groups"], ["help", [], []]],
  ["completions are asked for", ["-d", "--generate-bash-completion"], ["foreign", [], []]],
  ["help of a subcommand", ["decrypt", "--help"], ["help", [], []]],
];
for (const [name, args, expected] of cases) {
  Deno.test(`sops's grammar: ${name}`, () => {
    assert.deepEqual(outline(parseCommandLine(args, env)), expected);
  });
}

const faults: readonly [string, readonly string[], string][] = [
  ["an unknown flag", ["--bogus"], "flag provided but not defined: -bogus"],
  ["short flags together", ["-di", "s"], "flag provided but not defined: -di"],
  [
    "a global flag after the subcommand",
    ["decrypt", "--config", "x", "s"],
    "flag provided but not defined: -config",
  ],
  ["a value that is missing", ["encrypt", "--input-type"], "flag needs an argument: -input-type"],
  ["a bool that is none", ["-d=maybe", "s"], "invalid boolean value for -d"],
  [
    "two names of one flag",
    ["-d", "--decrypt", "s"],
    "Cannot use two forms of the same flag: d decrypt",
  ],
  ["three dashes", ["---d"], "bad flag syntax: -d"],
  [
    "a number that is none",
    ["--indent", "x", "s"],
    "invalid value for flag -indent: no whole number",
  ],
];
for (const [name, args, message] of faults) {
  Deno.test(`sops's grammar refuses ${name}`, () => {
    assert.throws(() => parseCommandLine(args, env), (error: unknown) => {
      assert.ok(error instanceof GrammarError);
      assert.equal(error.message, message);
      return true;
    });
  });
}

Deno.test("sops's grammar: a variable stands in for a flag that is not given", () => {
  const line = parseCommandLine(["encrypt", "p.yaml"], { SOPS_AGE_RECIPIENTS: "age1a,age1b" });
  assert.equal(line.flags.text("age"), "age1a,age1b");
});
