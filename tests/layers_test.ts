import assert from "node:assert/strict";
import { check, circles, effectBreaches, importBreaches } from "./layers.ts";

const cases = [
  ["cli may use a domain folder", "src/cli/a.ts", "src/loader/b.ts", true],
  ["a domain folder may use the store", "src/aws/a.ts", "src/store/b.ts", true],
  ["sops may not use platform", "src/sops/a.ts", "src/platform/b.ts", false],
  ["a domain folder may not use another", "src/loader/a.ts", "src/aws/b.ts", false],
  ["nothing may use cli", "src/store/a.ts", "src/cli/b.ts", false],
  ["the program may not use its tests", "src/cli/a.ts", "tests/support/b.ts", false],
  ["main may use cli alone", "src/main.ts", "src/sops/b.ts", false],
] as const;
for (const [name, from, to, fine] of cases) {
  Deno.test(`layers: ${name}`, () => {
    assert.equal(importBreaches([[from, to]]).length === 0, fine);
  });
}

Deno.test("layers: files that import one another in a circle are a breach", () => {
  const line = [["a.ts", "b.ts"], ["b.ts", "c.ts"], ["a.ts", "c.ts"]] as const;
  assert.deepEqual(circles(line), []);
  const [circle, ...others] = circles([...line, ["c.ts", "b.ts"]]);
  assert.match(circle?.reason ?? "", /b\.ts -> c\.ts -> b\.ts/);
  assert.deepEqual(others, []);
});

Deno.test("layers: a clock, a file, a process or chance outside platform is a breach", () => {
  for (
    const code of ["Date.now()", "Deno.readFileSync('x')", "new Deno.Command('x')", "Math.random()"]
  ) {
    assert.equal(effectBreaches("src/aws/a.ts", code).length, 1, code);
    assert.equal(effectBreaches("src/platform/a.ts", code).length, 0, code);
    assert.equal(effectBreaches("src/aws/a.ts", `// ${code}`).length, 0, code);
  }
});

Deno.test("layers: the tree keeps them", async () => {
  assert.deepEqual(await check(), []);
});
