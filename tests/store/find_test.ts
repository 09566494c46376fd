import assert from "node:assert/strict";
import { findSecretsFile, formatOf } from "../../src/store/find.ts";
import { temporaryHome } from "../support/home.ts";

Deno.test("findSecretsFile: the flag counts before the variable, and the variable before the search", async () => {
  await using home = await temporaryHome({
    ".sops.yaml": "",
    "secrets/aws.yaml": "",
    "a.yaml": "",
    "b.yaml": "",
  });
  const cwd = home.path;
  const env = { CREDSMITH_FILE: "b.yaml" };
  assert.deepEqual(findSecretsFile({ flag: "a.yaml", env, cwd }), {
    path: `${cwd}/a.yaml`,
    shown: "a.yaml",
    root: cwd,
  });
  assert.equal(findSecretsFile({ env, cwd }).path, `${cwd}/b.yaml`);
  assert.equal(
    findSecretsFile({ env: { CREDSMITH_FILE: "" }, cwd }).path,
    `${cwd}/secrets/aws.yaml`,
  );
});

Deno.test("findSecretsFile: the search goes up to the nearest .sops.yaml and no further", async () => {
  await using home = await temporaryHome({
    ".sops.yaml": "",
    "secrets/aws.yaml": "",
    "project/deep/er/x": "",
    "inner/.sops.yaml": "",
    "inner/deep/x": "",
  });
  const env = {};
  assert.deepEqual(findSecretsFile({ env, cwd: `${home.path}/project/deep/er` }), {
    path: `${home.path}/secrets/aws.yaml`,
    shown: `${home.path}/secrets/aws.yaml`,
    root: home.path,
  });
  assert.equal(findSecretsFile({ env, cwd: home.path }).shown, "secrets/aws.yaml");
  assert.throws(() => findSecretsFile({ env, cwd: `${home.path}/inner/deep` }), {
    name: "NoSecretsFileError",
    by: "search",
    path: `${home.path}/inner/secrets/aws.yaml`,
    rules: `${home.path}/inner/.sops.yaml`,
  });
});

Deno.test("findSecretsFile: what was named and is not there is told with who named it", async () => {
  await using home = await temporaryHome({ ".sops.yaml": "", "secrets/aws.yaml": "" });
  const cwd = home.path;
  assert.throws(() => findSecretsFile({ flag: "no.yaml", env: {}, cwd }), {
    by: "flag",
    path: "no.yaml",
  });
  assert.throws(() => findSecretsFile({ env: { CREDSMITH_FILE: "no.yaml" }, cwd }), {
    by: "environment",
    path: "no.yaml",
  });
});

const formats = [
  ["secrets/aws.yaml", "yaml"],
  ["a.yml", "yaml"],
  ["a.json", "json"],
  [".env", "dotenv"],
  ["prod.env", "dotenv"],
  ["a.ini", "ini"],
  ["a.txt", "binary"],
  ["yaml", "binary"],
] as const;
for (const [path, format] of formats) {
  Deno.test(`formatOf: "${path}" is ${format}`, () => assert.equal(formatOf(path), format));
}

Deno.test("formatOf: what the user says counts more than the name", () => {
  assert.equal(formatOf("a.txt", "json"), "json");
});
