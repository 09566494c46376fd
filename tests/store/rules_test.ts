import assert from "node:assert/strict";
import { loadRules, loadRulesFile, ruleForFile } from "../../src/store/rules.ts";
import { temporaryHome } from "../support/home.ts";
import { exampleRules, testRecipient } from "../support/sops_file.ts";

Deno.test("loadRules: the nearest .sops.yaml upward counts", async () => {
  await using home = await temporaryHome({
    ".sops.yaml": exampleRules,
    "a/b/x": "",
    "inner/.sops.yaml": "creation_rules: []\n",
    "inner/b/x": "",
  });
  assert.equal(
    (await loadRules({ start: `${home.path}/a/b`, env: {} })).path,
    `${home.path}/.sops.yaml`,
  );
  assert.equal(
    (await loadRules({ start: `${home.path}/inner/b`, env: {} })).path,
    `${home.path}/inner/.sops.yaml`,
  );
});

Deno.test("loadRules: SOPS_CONFIG counts more, also relative, and has to be there", async () => {
  await using home = await temporaryHome({ ".sops.yaml": "", "other/rules.yaml": exampleRules });
  const load = (SOPS_CONFIG: string) => loadRules({ start: home.path, env: { SOPS_CONFIG } });
  assert.equal((await load("other/rules.yaml")).path, `${home.path}/other/rules.yaml`);
  await assert.rejects(load("none.yaml"), {
    name: "NoRulesFileError",
    by: "environment",
    start: "none.yaml",
  });
});

Deno.test("loadRules: a .sops.yml does not count, and is told", async () => {
  await using home = await temporaryHome({ ".sops.yaml": exampleRules, "a/.sops.yml": "" });
  const { path, passedOver } = await loadRules({ start: `${home.path}/a`, env: {} });
  assert.deepEqual([path, passedOver], [`${home.path}/.sops.yaml`, `${home.path}/a/.sops.yml`]);
});

Deno.test("ruleForFile: paths are compared from the folder of the rules", async () => {
  await using home = await temporaryHome({
    ".sops.yaml": `creation_rules:\n  - path_regex: ^secrets/\n    age: ${testRecipient}\n`,
  });
  const loaded = await loadRulesFile(`${home.path}/.sops.yaml`);
  const rule = await ruleForFile(loaded, `${home.path}/secrets/aws.yaml`);
  assert.deepEqual(rule.recipients, [testRecipient]);
  await assert.rejects(
    async () => await ruleForFile(loaded, `${home.path}/more/secrets/aws.yaml`),
    {
      name: "NoRuleError",
      file: "more/secrets/aws.yaml",
    },
  );
  await assert.rejects(async () => await ruleForFile(loaded, "/elsewhere/secrets/aws.yaml"), {
    name: "NoRuleError",
    file: "/elsewhere/secrets/aws.yaml",
  });
});
