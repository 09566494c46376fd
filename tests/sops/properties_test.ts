import assert from "node:assert/strict";
import fc from "fast-check";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, parseDocument } from "../../src/sops/document.ts";
import { generateIdentity, recipientOf } from "../../src/sops/keys/identity.ts";
import { compareRecipients } from "../../src/sops/metadata.ts";
import { leavesOf, sameNode } from "../../src/sops/paths.ts";
import { Secret } from "../../src/sops/secret.ts";
import { type Mapping, type Node, Scalar } from "../../src/sops/tree.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
const identity = generateIdentity(randomBytes);
const recipients = [await recipientOf(identity)];

const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((text) => !/[\0\ud800-\udfff]/.test(text)).map((text) =>
    new Scalar("str", text)
  ),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) =>
    new Scalar("int", `${value}`)
  ),
  fc.boolean().map((value) => new Scalar("bool", value ? "True" : "False")),
);
const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((text) => text !== "sops");
const { mapping } = fc.letrec<{ node: Node; mapping: Mapping }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.constant<Node>({ kind: "null" }),
    tie("mapping"),
    fc.array(tie("node"), { maxLength: 4 }).map((items): Node => ({ kind: "sequence", items })),
  ),
  mapping: fc.uniqueArray(fc.record({ key, value: tie("node") }), {
    selector: ({ key }) => key,
    maxLength: 5,
  }).map((pairs): Mapping => ({
    kind: "mapping",
    entries: pairs.map((pair) => ({ kind: "pair", ...pair })),
  })),
}));

for (const format of ["yaml", "json"] as const) {
  Deno.test(`${format}: whatever is sealed opens as it was, and seals to the same again`, () =>
    fc.assert(
      fc.asyncProperty(mapping, fc.boolean(), async (document, macOnlyEncrypted) => {
        const fresh = await newDocument({ documents: [document] }, format, {
          recipients,
          macOnlyEncrypted,
          selector: { rule: "unencrypted_suffix", text: "_" },
        });
        const bytes = await fresh.seal({ now, random: randomBytes });
        const open = await (await parseDocument(bytes, format)).open([identity]);
        assert.ok(sameNode(open.tree.documents[0]!, document));
        const ciphertexts = (file: Uint8Array) =>
          (new TextDecoder().decode(file).match(/ENC\[[^\]]+\]/g) ?? []).slice(0, -1);
        const again = await open.seal({ now, random: randomBytes });
        const kept = new Set(ciphertexts(bytes));
        assert.ok(ciphertexts(again).every((each) => kept.has(each)));
      }),
      { numRuns: 100 },
    ));
}

Deno.test("a file of many leaves opens, changes and seals as one of few does", async () => {
  const entries = Array.from({ length: 1200 }, (_, index) => ({
    kind: "pair" as const,
    key: `key${index}`,
    value: new Scalar("str", `value ${index}`),
  }));
  const fresh = await newDocument({ documents: [{ kind: "mapping", entries }] }, "json", {
    recipients,
  });
  const open = await (await parseDocument(await fresh.seal({ now, random: randomBytes }), "json"))
    .open([identity]);
  open.set(["key7"], new Secret("other"));
  const again = await (await parseDocument(await open.seal({ now, random: randomBytes }), "json"))
    .open([identity]);
  const texts = Array.from(leavesOf(again.tree.documents[0]!), ({ value }) => value.reveal());
  assert.deepEqual(texts, entries.map((_, index) => index === 7 ? "other" : `value ${index}`));
});

Deno.test("recipients that stand on one side only are told apart", () =>
  assert.deepEqual(compareRecipients(["a", "b", "b"], ["c", "b"]), {
    onlyInFile: ["a"],
    onlyInRule: ["c"],
  }));
