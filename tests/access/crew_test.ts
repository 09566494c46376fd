import assert from "node:assert/strict";
import { Crew } from "../../src/access/crew.ts";
import type { Task } from "../../src/access/work_out.ts";
import { ageGroup, parseDocument } from "../../src/sops/document.ts";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { bob, bobIdentity } from "../support/access.ts";
import { encrypted, testIdentity, testRecipient } from "../support/sops_file.ts";

const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
const identities = parseIdentities(testIdentity, "test");
const bytes = new TextEncoder().encode(await encrypted("value: x\n"));
const broken = new TextEncoder().encode(
  (await encrypted("value: x\n")).replace(/mac: .*/, "mac: x"),
);
const keys = { groups: [ageGroup([testRecipient, bob])] };

async function results(step: Task["step"], threads: number) {
  const crew = new Crew(1000, { identities }, () => now, threads);
  try {
    assert.equal(crew.threads, threads);
    const tasks = Array.from({ length: 40 }, (_, at): Task => ({
      step,
      bytes: at === 7 || at === 8 ? broken : bytes,
      format: "yaml",
      keys,
    }));
    const found = new Map<number, Uint8Array<ArrayBuffer> | string>();
    await crew.run(tasks, async (at, result) => {
      assert.ok(!found.has(at), `${at} came twice`);
      found.set(at, await result.catch((error: Error) => error.name));
    });
    assert.equal(found.size, tasks.length);
    return found;
  } finally {
    crew.close();
  }
}

for (const threads of [0, 2]) {
  Deno.test(`with ${threads} more threads every file is worked out, failures with their errors`, async () => {
    for (const [at, result] of await results("renew", threads)) {
      if (at === 7 || at === 8) assert.equal(result, "IntegrityError");
      else {
        const sealed = await parseDocument(result as Uint8Array<ArrayBuffer>, "yaml");
        const open = await sealed.open(parseIdentities(bobIdentity, "test"));
        assert.equal(open.getText(["value"])?.reveal(), "x");
      }
    }
    for (const [at, result] of await results("rewrap", threads)) {
      // The MAC is not looked at, as updatekeys does not.
      const sealed = await parseDocument(result as Uint8Array<ArrayBuffer>, "yaml");
      assert.deepEqual(sealed.recipients, [testRecipient, bob], `${at}`);
    }
    for (const [at, result] of await results("verify", threads)) {
      if (at === 7 || at === 8) assert.equal(result, "IntegrityError");
      else assert.deepEqual(result, bytes);
    }
  });
}

Deno.test("identities that are more than a key stay in this thread", () => {
  const opener = {
    kind: "opener" as const,
    what: "age plugin",
    source: "test",
    asks: false,
    open: () => Promise.resolve(undefined),
  };
  const crew = new Crew(10_000, { identities: [...identities, opener] }, () => now, 2);
  assert.equal(crew.threads, 0);
  crew.close();
});
