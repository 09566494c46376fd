import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity } from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";
import { compare, Difference, type Verdict } from "./compare.ts";
import { anyDocument, type SourceDocument } from "./documents.ts";
import { regressions } from "./regressions.ts";

/** How many random documents are compared; sops is started five times for each. */
const count = Number(Deno.env.get("CREDSMITH_INTEROP_DOCUMENTS") ?? 540);
const seed = Number(Deno.env.get("CREDSMITH_INTEROP_SEED") ?? 20261122);

peerTest(["sops"], `${count} documents are the same to sops and to us`, async () => {
  const documents = fc.sample(anyDocument, { numRuns: count, seed });
  const { counts, differences } = await compareAll(documents);
  console.log(`  seed ${seed}: ${JSON.stringify(counts)}`);
  assert.deepEqual(differences, []);
  assert.ok(counts.same >= count * 0.93, "the generator makes documents that sops takes");
});

peerTest(["sops"], "documents that once differed are the same to sops and to us", async () => {
  const { differences } = await compareAll(regressions);
  assert.deepEqual(differences, []);
});

interface Comparison {
  readonly counts: Record<Verdict, number>;
  readonly differences: string[];
}

async function compareAll(documents: readonly SourceDocument[]): Promise<Comparison> {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-interop-" });
  const counts = { same: 0, refused: 0, "broken by sops": 0 };
  const differences: string[] = [];
  const identities = parseIdentities(testIdentity, "test");
  try {
    await twoAtATime([...documents.entries()], async ([index, source]) => {
      const place = `${folder}/${index}`;
      await Deno.mkdir(place);
      try {
        counts[await compare(source, place, identities)]++;
      } catch (error) {
        const reason = error instanceof Difference ? error.message : `${error}`;
        differences.push(`${reason}\n--- ${source.format}\n${source.text}`);
      }
      await Deno.remove(place, { recursive: true });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { counts, differences };
}
