/**
 * Compares random documents with sops for as long as it is told:
 * `deno task fuzz -- --minutes 30 [--seed 1]`. Each difference is printed with its document, which
 * then belongs into `regressions.ts`. Ends with 1 where there was one.
 */
import fc from "fast-check";
import { compareAll } from "./compare_all.ts";
import { anyDocument } from "./documents.ts";

function flag(name: string): number | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  if (at < 0) return undefined;
  const value = Number(Deno.args[at + 1]);
  if (!Number.isFinite(value)) throw new TypeError(`--${name} takes a number`);
  return value;
}

const minutes = flag("minutes") ?? 5;
const firstSeed = flag("seed") ?? Math.floor(Math.random() * 2 ** 31);
const end = performance.now() + minutes * 60_000;
const totals: Record<string, number> = {};
let found = 0;
for (let seed = firstSeed; performance.now() < end; seed++) {
  const { counts, differences } = await compareAll(
    fc.sample(anyDocument, { numRuns: 200, seed }),
  );
  for (const [verdict, count] of Object.entries(counts)) {
    totals[verdict] = (totals[verdict] ?? 0) + count;
  }
  for (const difference of differences) console.log(`${difference}\n`);
  found += differences.length;
  console.log(`seed ${seed}: ${JSON.stringify(totals)}, ${found} differences`);
}
Deno.exit(found > 0 ? 1 : 0);
