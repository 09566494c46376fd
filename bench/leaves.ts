/**
 * One secrets file of 100,000 leaves, some 14 MB: decrypt it, and set one leaf, beside sops. Bundled,
 * whole processes, with their peak memory.
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
  // In groups, because sops takes 40 s for one mapping of that many keys.
  const plain = Array.from(
    { length: leaves },
    (_, index) =>
      `${index % 100 ? "" : `group_${index / 100}:\n`}    key_${index}: some value ${index}\n`,
  );
  const file = `${folder}/many.yaml`;
  await Deno.writeTextFile(file, plain.join(""));
  const { code } = await new Deno.Command("sops", {
    args: ["--disable-version-check", "-e", "-i", "--age", testRecipient, file],
    cwd: folder,
    env,
  }).output();
  if (code !== 0) throw new Error("sops cannot encrypt the file");
  for (
    const args of [["decrypt", file], ["set", file, '["group_7"]["key_705"]', '"another value"']]
  ) {
    const programs = [ours(...args), theirs(...args)];
    console.log(table(programs, await compare(programs, 3)));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
