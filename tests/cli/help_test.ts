import assert from "node:assert/strict";
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
