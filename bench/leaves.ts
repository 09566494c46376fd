/**
 * One secrets file of 100,000 leaves, some 14 MB, in YAML and in dotenv: decrypt it, and set one
 * leaf, beside sops. Bundled, whole processes, with their peak memory.
 */
import { bundle } from "../npm/bundle.ts";
import { testIdentity, testRecipient } from "../tests/support/sops_file.ts";
import { compare, type Program, table, underDeno } from "./measure.ts";

const leaves = 100_000;
const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
const env = { SOPS_AGE_KEY: testIdentity, HOME: folder };

const ours = (...args: string[]): Program => ({
  name: `credsmith sops ${args[0]}`,
  ...underDeno(`${folder}/dist/main.js`, "sops", ...args),
  cwd: folder,
  env,
});
const theirs = (...args: string[]): Program => ({
  name: `sops ${args[0]}`,
  command: "sops",
  args: ["--disable-version-check", ...args],
  cwd: folder,
  env,
});

try {
  await bundle(`${folder}/dist`);
  // In groups, because sops takes 40 s for one YAML mapping of that many keys.
  const yaml = (index: number) =>
    `${index % 100 ? "" : `group_${index / 100}:\n`}    key_${index}: some value ${index}\n`;
  const dotenv = (index: number) => `KEY_${index}=some value ${index}\n`;
  for (
    const [name, line, path] of [
      ["many.yaml", yaml, '["group_7"]["key_705"]'],
      ["many.env", dotenv, '["KEY_705"]'],
    ] as const
  ) {
    const file = `${folder}/${name}`;
    await Deno.writeTextFile(file, Array.from({ length: leaves }, (_, at) => line(at)).join(""));
    const { code } = await new Deno.Command("sops", {
      args: ["--disable-version-check", "-e", "-i", "--age", testRecipient, file],
      cwd: folder,
      env,
    }).output();
    if (code !== 0) throw new Error("sops cannot encrypt the file");
    console.log(name);
    for (const args of [["decrypt", file], ["set", file, path, '"another value"']]) {
      const programs = [ours(...args), theirs(...args)];
      console.log(table(programs, await compare(programs, 3)));
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
