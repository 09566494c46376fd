import assert from "node:assert/strict";
import { bundle, type Outputs } from "../../npm/pack.ts";

/** What is loaded with a file of the bundle: itself and its static imports, all the way down. */
function loadedWith(outputs: Outputs, name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of outputs[name]?.imports ?? []) {
    if (kind === "import-statement") loadedWith(outputs, path, seen);
  }
  return seen;
}

/** The output of a source that is imported lazily. */
function chunkOf(outputs: Outputs, source: string): string {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source);
  assert.ok(found, `${source} has no file of its own`);
  return found[0];
}

Deno.test("the bundle", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-bundle-" });
  try {
    const outputs = await bundle(folder);

    for (
      const source of [
        "src/main.ts",
        "src/cli/help.ts",
        "src/cli/commands/get.ts",
        "src/cli/commands/load_env.ts",
        "src/cli/commands/exec.ts",
        "src/cli/commands/credential_process.ts",
      ]
    ) {
      await t.step(`${source} loads nothing of Node's layer`, () => {
        const loaded = [...loadedWith(outputs, chunkOf(outputs, source))];
        assert.deepEqual(loaded.filter((name) => name.startsWith("node:")), []);
      });
    }

    await t.step("no library wants require, which would load Node's layer everywhere", async () => {
      for (const { name } of Deno.readDirSync(folder)) {
        const text = await Deno.readTextFile(`${folder}/${name}`);
        assert.ok(!/createRequire|Dynamic require of/.test(text), name);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
