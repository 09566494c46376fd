/**
 * Runs the benchmarks, one after another: `deno task bench` for all, `deno task bench start` for
 * one. Each prints ratios against a peer or a floor that ran in the same minute; none asserts.
 */
const folder = new URL(".", import.meta.url);
const notBenchmarks = new Set(["main.ts", "measure.ts"]);
const names = [...Deno.readDirSync(folder)]
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".ts") && !notBenchmarks.has(name))
  .map((name) => name.replace(/\.ts$/, ""))
  .filter((name) => Deno.args.length === 0 || Deno.args.includes(name))
  .sort();

let failed = 0;
for (const name of names) {
  console.log(`\n${name}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL(`${name}.ts`, folder).pathname],
  }).spawn().status;
  if (code !== 0) failed++;
}
Deno.exit(failed ? 1 : 0);
