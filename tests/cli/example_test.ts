import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url).pathname;
const example = { SOPS_AGE_KEY_FILE: "tests/fixtures/identity.txt" };

Deno.test("the repository's example opens with the demo identity, and holds AWS's example keys", async () => {
  await using home = await temporaryHome();
  const options = { cwd: root, env: example };
  const { code, stdout } = await home.run(["get"], options);
  assert.equal(code, 0);
  const keys = stdout.trim().split("\n").filter((path) => /(key_id|access_key)$/.test(path));
  assert.equal(keys.length, 4);
  for (const path of keys) {
    assert.match((await home.run(["get", path], options)).stdout, /EXAMPLE(KEY)?$/);
  }
});

Deno.test("the repository's example has a rule, and is encrypted to it", async () => {
  await using home = await temporaryHome();
  const { code, stdout } = await home.run(["verify", "--offline", "--json"], {
    cwd: root,
    env: example,
  });
  assert.equal(code, 0);
  const checks: { check: string; status: string }[] = JSON.parse(stdout).checks;
  for (const name of ["file", "rules"]) {
    assert.equal(checks.find(({ check }) => check === name)?.status, "ok", name);
  }
});

peerTest(["sops"], "sops opens the repository's example", async () => {
  await using home = await temporaryHome();
  const { code, stdout } = await home.program(
    "sops",
    ["decrypt", "--extract", '["bedrock"]["model_id"]', "secrets/aws.yaml"],
    { cwd: root, env: example },
  );
  assert.deepEqual([code, stdout], [0, "us.anthropic.claude-opus-5"]);
});
