import assert from "node:assert/strict";
import fc from "fast-check";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, parseDocument } from "../../src/sops/document.ts";
import { IntegrityError } from "../../src/sops/errors.ts";
import { generateIdentity, recipientOf } from "../../src/sops/keys/identity.ts";
import { compareRecipients } from "../../src/sops/metadata.ts";
import { leavesOf, sameLeaves, sameNode, sameValues, withNode } from "../../src/sops/paths.ts";
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

for (const format of ["yaml", "json"] as const) {
  Deno.test(`${format}: a file says what opening it and comparing would say`, () =>
    fc.assert(
      fc.asyncProperty(
        mapping,
        mapping,
        scalar,
        fc.nat(),
        fc.boolean(),
        async (document, other, leaf, which, macOnlyEncrypted) => {
          const tree = { documents: [document] };
          const bytes = await (await newDocument(tree, format, {
            recipients,
            macOnlyEncrypted,
            selector: { rule: "unencrypted_suffix", text: "_" },
          })).seal({ now, random: randomBytes });
          const paths = Array.from(leavesOf(document), ({ path }) => path);
          const changed = paths.length > 0
            ? withNode(document, paths[which % paths.length]!, leaf, true)
            : { kind: "mapping" as const, entries: [] };
          for (const meant of [document, other, changed]) {
            const sealed = await parseDocument(bytes, format);
            const open = await sealed.open([identity]);
            for (const leaves of [false, true]) {
              assert.equal(
                await sealed.says({ documents: [meant] }, { identities: [identity] }, { leaves }),
                leaves
                  ? sameLeaves(open.tree, { documents: [meant] }, false)
                  : sameValues(open.tree.documents[0]!, meant),
              );
            }
          }
        },
      ),
      { numRuns: 200 },
    ));
}

Deno.test("a file whose values are right and whose MAC is not says nothing", async () => {
  const tree = { documents: [treeOf({ a: "1", b_: "2" })] };
  const document = await newDocument(tree, "json", {
    recipients,
    selector: { rule: "unencrypted_suffix", text: "_" },
  });
  const text = new TextDecoder().decode(await document.seal({ now, random: randomBytes }));
  const changed = new TextEncoder().encode(text.replace('"b_": "2"', '"b_": "3"'));
  const meant = { documents: [treeOf({ a: "1", b_: "3" })] };
  const sealed = await parseDocument(changed, "json");
  await assert.rejects(sealed.says(meant, { identities: [identity] }), IntegrityError);
  assert.equal(await sealed.says(tree, { identities: [identity] }), false);
});

function treeOf(texts: Readonly<Record<string, string>>): Mapping {
  const entries = Object.entries(texts).map(([key, text]) => ({
    kind: "pair" as const,
    key,
    value: new Scalar("str", text),
  }));
  return { kind: "mapping", entries };
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
