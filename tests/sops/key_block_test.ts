import assert from "node:assert/strict";
import fc from "fast-check";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, parseDocument } from "../../src/sops/document.ts";
import { scanKeyBlock } from "../../src/sops/key_block.ts";
import { generateIdentity, recipientOf } from "../../src/sops/keys/identity.ts";
import type { AgeKey } from "../../src/sops/keys/master_key.ts";
import { readMetadata, writeMetadata } from "../../src/sops/metadata.ts";
import { parseFile, storeFor } from "../../src/sops/stores/mod.ts";
import { Comment, type Format, type Mapping, type Node, Scalar } from "../../src/sops/tree.ts";
import { anyDocument } from "../interop/documents.ts";
import { plainParse } from "../../src/sops/document.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
const recipients = await Promise.all(
  [1, 2].map(() => recipientOf(generateIdentity(randomBytes))),
);
const keys: readonly AgeKey[] = recipients.map((recipient, index) => ({
  type: "age",
  recipient,
  enc: `-----BEGIN AGE ENCRYPTED FILE-----\n${
    btoa(`file ${index}`.repeat(9))
  }\n-----END AGE ENCRYPTED FILE-----\n`,
}));

/** What the stores write for these keys; nothing where they refuse. */
async function wholly(bytes: Uint8Array, format: Format): Promise<string | undefined> {
  try {
    const { tree, metadata } = await parseFile(format, bytes);
    const read = readMetadata(metadata!);
    const store = await storeFor(format, "emit");
    return new TextDecoder().decode(
      store.emit(tree, writeMetadata({ ...read, groups: [keys] })),
    );
  } catch {
    return undefined;
  }
}

/** @returns whether the scanner knew the file */
async function assertSame(bytes: Uint8Array, format: Format): Promise<boolean> {
  const block = scanKeyBlock(bytes, format);
  if (!block) return false;
  assert.equal(block.withKeys(keys), await wholly(bytes, format));
  const { recipients } = await parseDocument(bytes, format);
  assert.deepEqual(block.keys.map(({ recipient }) => recipient), recipients);
  return true;
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/);
const leaf = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((text) => !/[\0\ud800-\udfff]/.test(text))
    .map((text) => new Scalar("str", text)),
  fc.integer().map((value) => new Scalar("int", `${value}`)),
);
const { mapping } = fc.letrec<{ node: Node; mapping: Mapping }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: leaf, weight: 60 },
    { arbitrary: tie("mapping"), weight: 20 },
    {
      arbitrary: fc.array(leaf, { minLength: 1, maxLength: 3 })
        .map((items): Node => ({ kind: "sequence", items })),
      weight: 10,
    },
    { arbitrary: fc.constant<Node>({ kind: "null" }), weight: 1 },
  ),
  mapping: fc.uniqueArray(
    fc.record({ key: name, value: tie("node"), comment: fc.option(fc.string(), { freq: 8 }) }),
    { selector: ({ key }) => key, minLength: 1, maxLength: 4 },
  ).map((pairs): Mapping => ({
    kind: "mapping",
    entries: pairs.flatMap(({ comment, key, value }) => [
      ...(comment === null ? [] : [new Comment(` ${comment.replace(/[^\w ]/g, "")}x`)]),
      { kind: "pair" as const, key, value },
    ]),
  })),
}));

async function sealed(document: Mapping, format: Format, only: boolean): Promise<Uint8Array> {
  const fresh = await newDocument({ documents: [document] }, format, {
    recipients,
    macOnlyEncrypted: only,
    ...(only ? { selector: { rule: "encrypted_regex" as const, text: "^(.*)$" } } : {}),
  });
  return await fresh.seal({ now, random: randomBytes });
}

for (const format of ["yaml", "json"] as const) {
  Deno.test(`${format}: other keys in the text are what the whole parser writes`, async () => {
    let known = 0;
    let all = 0;
    await fc.assert(
      fc.asyncProperty(mapping, fc.boolean(), async (document, only) => {
        const bytes = await sealed(document, format, only).catch(() => undefined);
        if (!bytes) return;
        all++;
        if (await assertSame(bytes, format)) known++;
      }),
      { numRuns: 300 },
    );
    assert.ok(known > all / 2, `only ${known} of ${all} were known`);
  });

  Deno.test(`${format}: a file that somebody has edited is left alone or written the same`, () =>
    fc.assert(
      fc.asyncProperty(
        mapping,
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom("drop", "twice", "char", "swap"))),
        fc.constantFrom(..."\n \t:#-\"'{}[],a0&*é\\"),
        async (document, edits, char) => {
          const lines = new TextDecoder().decode(await sealed(document, format, false)).split("\n");
          for (const [first, second, edit] of edits.slice(0, 3)) {
            const at = first % lines.length;
            const line = lines[at] ?? "";
            if (edit === "drop") lines.splice(at, 1);
            else if (edit === "twice") lines.splice(at, 0, line);
            else if (edit === "swap") {
              const other = second % lines.length;
              [lines[at], lines[other]] = [lines[other] ?? "", line];
            } else {
              const column = second % (Math.min(line.length, 16) + 1);
              lines[at] = line.slice(0, column) + char + line.slice(column + second % 2);
            }
          }
          await assertSame(new TextEncoder().encode(lines.join("\n")), format);
        },
      ),
      { numRuns: 600 },
    ));
}

Deno.test("whatever people write is left alone or written the same", async () => {
  await fc.assert(
    fc.asyncProperty(anyDocument, async ({ format, text }) => {
      if (/[\udc80-\udcff]/.test(text)) return;
      let bytes: Uint8Array;
      try {
        const tree = await plainParse(new TextEncoder().encode(text), format);
        const fresh = await newDocument(tree, format, { recipients });
        bytes = await fresh.seal({ now, random: randomBytes });
      } catch {
        return;
      }
      await assertSame(bytes, format);
    }),
    { numRuns: 300 },
  );
});
