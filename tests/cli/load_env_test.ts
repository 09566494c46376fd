import assert from "node:assert/strict";
import { loader, shells } from "../../src/loader/emit.ts";
import { parseManifest } from "../../src/loader/manifest.ts";
import { temporaryHome } from "../support/home.ts";
import { tryPermissions } from "../support/permissions.ts";

const manifest = JSON.stringify({
  version: 1,
  directory: "/run/secrets",
  unset: ["AWS_PROFILE"],
  profiles: {
    default: { files: { AWS_REGION: "aws_region" }, constants: { FLAG: "1" } },
    work: { files: { AWS_REGION: "aws_work_region" } },
  },
});
const expected = (shell: typeof shells[number], standard?: string) =>
  loader(parseManifest(new TextEncoder().encode(manifest)), shell, standard);

Deno.test("load-env prints the loader of each shell, from a file or from standard input", async () => {
  await using home = await temporaryHome({ "m.json": manifest });
  for (const shell of shells) {
    const file = await home.run(["load-env", "--shell", shell, "--manifest", "m.json"]);
    assert.deepEqual(file, { code: 0, stdout: expected(shell), stderr: "" });
    const stdin = await home.run(["load-env", "--shell", shell], { stdin: manifest });
    assert.deepEqual(stdin, file);
  }
});

Deno.test("load-env --profile names the profile that is loaded without words", async () => {
  await using home = await temporaryHome({ "m.json": manifest });
  const words = ["load-env", "--shell", "sh", "--manifest", "m.json", "--profile"];
  const { stdout } = await home.run([...words, "work"]);
  assert.equal(stdout, expected("sh", "work"));
  const { code, stderr } = await home.run([...words, "nonesuch"]);
  assert.equal(code, 2);
  assert.match(stderr, /^There is no profile "nonesuch"\n {2}profiles: default, work\n$/);
});

Deno.test("load-env refuses a bad manifest with its JSON path, and prints nothing", async () => {
  await using home = await temporaryHome();
  const result = await home.run(["load-env", "--shell", "bash"], {
    stdin: manifest.replace('"AWS_REGION"', '"1X"'),
  });
  assert.deepEqual([result.code, result.stdout], [2, ""]);
  assert.equal(
    result.stderr,
    'Cannot use the manifest: $.profiles.default.files["1X"] is no name of a variable\n',
  );
});

Deno.test("load-env refuses a shell that it does not know, and a manifest that is not there", async () => {
  await using home = await temporaryHome({ "m.json": manifest });
  const shell = await home.run(["load-env", "--shell", "csh", "--manifest", "m.json"]);
  assert.deepEqual([shell.code, shell.stdout], [2, ""]);
  const file = await home.run(["load-env", "--shell", "sh", "--manifest", "n.json"]);
  assert.deepEqual([file.code, file.stdout], [2, ""]);
  assert.match(file.stderr, /n\.json/);
});

Deno.test("load-env can neither write, nor start a program, nor open a socket", async () => {
  await using home = await temporaryHome({ "m.json": manifest });
  const { code, left } = await tryPermissions(home, [
    "load-env",
    "--shell",
    "bash",
    "--manifest",
    "m.json",
  ]);
  assert.deepEqual([code, left], [0, ["read"]]);
});
