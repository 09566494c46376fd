import assert from "node:assert/strict";
import { SopsExit } from "../../src/cli/sops/codes.ts";
import { parseJsonValue } from "../../src/cli/sops/json_value.ts";
import { versionAfterEdit } from "../../src/cli/sops/request.ts";
import { parseTreePath, setAt, truncate, unsetAt } from "../../src/cli/sops/tree_path.ts";
import { emitPlain, emitValue, plainParse } from "../../src/sops/document.ts";
import type { Mapping } from "../../src/sops/tree.ts";

const text = '{"a":"x","b":{"c":[1,"two",3.5],"d":true,"n":null}}';

async function mapping(json = text): Promise<Mapping> {
  return (await plainParse(new TextEncoder().encode(json), "json")).documents[0]!;
}

async function compact(root: Mapping): Promise<string> {
  const bytes = await emitPlain({ documents: [root] }, "json");
  return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)));
}

const codeOf = (work: () => unknown): number => {
  try {
    work();
    return 0;
  } catch (error) {
    assert.ok(error instanceof SopsExit);
    return error.code;
  }
};

const sets: readonly [path: string, value: string, expected: string, changed: boolean][] = [
  ['["a"]', '"y"', text.replace('"x"', '"y"'), true],
  ['["a"]', '"x"', text, false],
  ['["b"]["c"][0]', "1", text, true],
  ['["b"]["c"][9]', "true", text.replace("3.5]", "3.5,true]"), true],
  ['["a"]["z"]', "true", text.replace('"x"', '{"z":true}'), true],
  ['["b"]["n"][0]', '"y"', text.replace("null", '["y"]'), true],
  ['["m"]["k"]', "null", text.replace(/}$/, ',"m":{"k":null}}'), true],
  ["[0]", '"y"', text, true],
];
for (const [path, value, expected, changed] of sets) {
  Deno.test(`sops set ${path} ${value}`, async () => {
    const before = await mapping();
    const result = setAt(before, parseTreePath(path), await parseJsonValue(value));
    assert.equal(await compact(result.root), expected);
    assert.equal(result.changed, changed);
    assert.equal(await compact(before), text, "the tree that was given is left as it was");
  });
}

const unsets: readonly [path: string, expected: string | number][] = [
  ['["a"]', text.replace('"a":"x",', "")],
  ['["b"]["c"][1]', text.replace('"two",', "")],
  ['["b"]', '{"a":"x"}'],
  ['["z"]', 1],
  ['["b"]["c"][9]', 1],
  ['["a"]["b"]', 1],
  ['["b"]["c"]["x"]', 2],
  ["", 2],
];
for (const [path, expected] of unsets) {
  Deno.test(`sops unset ${path}`, async () => {
    const root = await mapping();
    if (typeof expected === "number") {
      assert.equal(codeOf(() => unsetAt(root, parseTreePath(path))), expected);
    } else assert.equal(await compact(unsetAt(root, parseTreePath(path))), expected);
  });
}

const extracts: readonly [path: string, expected: string | number][] = [
  ['["b"]["c"][2]', "3.5"],
  ['["b"]["d"]', "true"],
  ["", 0],
  ['["z"]', 1],
  ['["a"][0]', 1],
  ['["a"]["b"]', 2],
  ['["b"]["c"][3]', 1],
  ['["b"]["c"][-1]', 2],
];
for (const [path, expected] of extracts) {
  Deno.test(`sops --extract ${path}`, async () => {
    const root = await mapping();
    if (typeof expected === "number") {
      assert.equal(codeOf(() => truncate(root, parseTreePath(path))), expected);
      return;
    }
    const bytes = await emitValue(truncate(root, parseTreePath(path)), "json");
    assert.equal(new TextDecoder().decode(bytes), expected);
  });
}

for (const value of ["", "x", "[1]", "1e999", '"a" b', "{'a':1}", "\ufeff1"]) {
  Deno.test(`sops set takes no ${JSON.stringify(value)} for a value`, async () => {
    await assert.rejects(parseJsonValue(value), (error: unknown) => {
      assert.ok(error instanceof SopsExit);
      assert.equal(error.code, 7);
      if (value) assert.ok(!error.message.includes(value));
      return true;
    });
  });
}

for (
  const [before, after] of [
    ["3.9.4", "3.13.2"],
    ["3.13.2", "3.13.2"],
    ["3.13.10", "3.13.10"],
    ["4.0.0", "4.0.0"],
    ["v3.7.0", "3.13.2"],
  ]
) {
  Deno.test(`an edit of a file of sops ${before} writes ${after}`, () => {
    assert.equal(versionAfterEdit(before!), after);
  });
}
