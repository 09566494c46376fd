import assert from "node:assert/strict";
import fc from "fast-check";
import { peerTest } from "../support/peers.ts";
import { compareAll } from "./compare_all.ts";
import { anyDocument } from "./documents.ts";
import { regressions } from "./regressions.ts";

/** How many random documents are compared; sops is started five times for each, or more. */
const count = Number(Deno.env.get("CREDSMITH_INTEROP_DOCUMENTS") ?? 2000);
const seed = Number(Deno.env.get("CREDSMITH_INTEROP_SEED") ?? 20261122);

peerTest(["sops"], `${count} documents are the same to sops and to us`, async () => {
  const documents = fc.sample(anyDocument, { numRuns: count, seed });
  const { counts, differences } = await compareAll(documents);
  console.log(`  seed ${seed}: ${JSON.stringify(counts)}`);
  assert.deepEqual(differences, []);
  assert.ok(counts.same >= count * 0.7, "the generator makes documents that sops takes");
});

peerTest(["sops"], "documents that once differed are the same to sops and to us", async () => {
  const { differences } = await compareAll(regressions);
  assert.deepEqual(differences, []);
});
