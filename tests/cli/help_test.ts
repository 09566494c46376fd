import assert from "node:assert/strict";
import { pages } from "../../docs/generate.ts";
import { commandHelp } from "../../src/cli/command_help.ts";
import { verbs } from "../../src/cli/verbs.ts";
import { version } from "../../src/cli/version.ts";
import { temporaryHome } from "../support/home.ts";

Deno.test("the version in the code is the one in deno.json", async () => {
  const config = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assert.equal(version, config.version);
});

Deno.test("a word that is no command exits 2 and leaves stdout empty", async () => {
  await using home = await temporaryHome();
  const result = await home.run(["frobnicate"]);
  assert.deepEqual([result.code, result.stdout], [2, ""]);
  assert.match(result.stderr, /^credsmith has no command "frobnicate"\n/);
});

Deno.test("the help of every command has its usage and examples, in 80 columns", async () => {
  await using home = await temporaryHome();
  const shown = verbs.filter(({ table }) => table !== "hidden");
  const results = await Promise.all(
    shown.map(({ words }) => home.run([...words.split(" "), "--help"])),
  );
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    const { words } = shown[index]!;
    assert.deepEqual([words, code, stderr], [words, 0, ""]);
    assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80), []);
    if (words === "sops") continue;
    assert.match(stdout, new RegExp(`^USAGE\n  credsmith ${words}[ \n]`));
    assert.match(stdout, /\n\nEXAMPLES\n {2}\S/);
  }
});

Deno.test("help wraps to a narrow terminal, flags and what they do in two columns", () => {
  const help = commandHelp("frob", {
    brief: "Turn what is there into something else, and say how far that went",
    description:
      "First.\n  kind  goes on below its second column where it is too long for one\nLast.",
    examples: [["credsmith frob x", "one"], ["credsmith frob --how=slowly --and=twice", "two"]],
    exits: { 8: "refused" },
    parameters: {
      flags: {
        dryRun: { kind: "boolean", brief: "Say what would be done", withNegated: false },
        wait: { kind: "boolean", brief: "Wait for it", default: true },
        often: { kind: "parsed", placeholder: "N", brief: "How often", default: "3" },
      },
      aliases: { n: "often" },
      positional: { kind: "array", parameter: { placeholder: "FILE", brief: "What" }, minimum: 1 },
    },
  }, 50);
  assert.equal(
    help,
    `USAGE
  credsmith frob [--dry-run] [--[no-]wait]
                 [--often N] FILE...

Turn what is there into something else, and say
how far that went

First.
  kind  goes on below its second column where it
        is too long for one
Last.

EXAMPLES
  credsmith frob x  one
  credsmith frob --how=slowly --and=twice
      two

ARGUMENTS
  FILE...  What

FLAGS
      --dry-run    Say what would be done
      --[no-]wait  Wait for it (default: on)
  -n, --often N    How often (default: 3)
  -h, --help       This help

EXIT CODES
  8  refused
`,
  );
});

Deno.test("help VERB is VERB --help, and a flag before the command is explained", async () => {
  await using home = await temporaryHome();
  const [first, second] = [await home.run(["help", "get"]), await home.run(["get", "-h"])];
  assert.deepEqual(first, second);
  const { code, stderr } = await home.run(["-f", "x", "get"]);
  assert.equal(code, 2);
  assert.match(stderr, /^Flags stand behind the command: credsmith COMMAND FLAGS\n/);
});

Deno.test("the pages that are generated are what deno task docs would write", async () => {
  for (const { path, text } of await pages()) {
    assert.equal(await Deno.readTextFile(new URL(`../../${path}`, import.meta.url)), text, path);
  }
});
