/**
 * One secrets file of 100,000 leaves, some 14 MB: decrypt it, and set one leaf, beside sops. Bundled,
 * whole processes, with their peak memory.
 */
import { bundle } from "../npm/bundle.ts";
import { compare, type Program, table } from "./measure.ts";

const leaves = 100_000;
const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
const identity = "AGE-SECRET-KEY-1VNK7CX7047KC0XMU45Y3D3K409A2JUVU37NPKA2HFFHP56M0TGAQEY4NFT";
const recipient = "age18kqgvrzf6kf5khes45e0lm0da65q4xmv47phfmkn66v0sgappp2qt4epqd";
const env = { SOPS_AGE_KEY: identity, HOME: folder };

const ours = (...args: string[]): Program => ({
  name: `credsmith sops ${args[0]}`,
  command: Deno.execPath(),
  args: [
    "run",
    "-A",
    "--no-prompt",
    "--quiet",
    "--no-config",
    "--no-lock",
    `${folder}/dist/main.js`,
    "sops",
    ...args,
  ],
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
    args: ["--disable-version-check", "-e", "-i", "--age", recipient, file],
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
