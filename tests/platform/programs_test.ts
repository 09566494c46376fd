import assert from "node:assert/strict";
import { findProgram, starts } from "../../src/platform/programs.ts";
import { temporaryHome } from "../support/home.ts";

Deno.test("findProgram: the first executable file on PATH; relative and empty parts are skipped", async () => {
  await using home = await temporaryHome({ "a/tool": "", "b/tool": "#!/bin/sh\n" });
  await Deno.chmod(`${home.path}/b/tool`, 0o755);
  assert.equal(findProgram("tool", `:.:${home.path}/a:${home.path}/b/`), `${home.path}/b/tool`);
  assert.equal(findProgram("tool", ""), undefined);
});

Deno.test("starts: a starter that names the script, or one in the script's package, and no other", async () => {
  await using home = await temporaryHome({
    "shim": "#!/bin/sh\nexec deno run /opt/credsmith/src/main.ts\n",
    "lib/credsmith/bin/credsmith": "#!/bin/sh\n",
  });
  await Deno.symlink(`${home.path}/lib/credsmith/bin/credsmith`, `${home.path}/link`);
  assert.ok(starts(`${home.path}/shim`, "/opt/credsmith/src/main.ts"));
  assert.ok(!starts(`${home.path}/shim`, "/elsewhere/src/main.ts"));
  assert.ok(starts(`${home.path}/link`, `${home.path}/lib/credsmith/dist/main.js`));
  assert.ok(!starts(`${home.path}/nothing`, "/opt/credsmith/src/main.ts"));
});
