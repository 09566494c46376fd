import assert from "node:assert/strict";
import { emitPlain, newDocument, parseDocument, plainParse } from "../../../src/sops/document.ts";
import { parseIdentities } from "../../../src/sops/keys/identity.ts";
import { binaryStore } from "../../../src/sops/stores/binary.ts";
import { UnholdableError } from "../../../src/sops/tree.ts";
import { testIdentity, testRecipient } from "../../support/sops_file.ts";
import { mappingOf, type Plain } from "./plain.ts";

const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const identities = parseIdentities(testIdentity, "test");

const files: readonly (readonly [what: string, bytes: Uint8Array<ArrayBuffer>])[] = [
  ["nothing", new Uint8Array()],
  ["text", new TextEncoder().encode("a: b\n\u00e9\n")],
  ["a byte order mark", new TextEncoder().encode("\ufeffx")],
  ["NUL", new Uint8Array([0, 1, 2, 0])],
  ["every byte", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ["JSON with metadata", new TextEncoder().encode('{"sops":{}}')],
];
for (const [what, bytes] of files) {
  Deno.test(`a binary file comes back byte for byte: ${what}`, async () => {
    const tree = await plainParse(bytes, "binary");
    const document = await newDocument(tree, "binary", {
      recipients: [testRecipient],
      omitsSelector: true,
    });
    const sealed = await document.seal({ now, random, allowNul: true });
    const text = new TextDecoder().decode(sealed);
    assert.deepEqual(Object.keys(JSON.parse(text)), ["data", "sops"]);
    assert.ok(!text.includes("_unencrypted"));
    const open = await (await parseDocument(sealed, "binary")).open(identities);
    assert.deepEqual(await emitPlain(open.tree, "binary"), bytes);

    const again = new TextDecoder().decode(await open.seal({ now, random, allowNul: true }));
    assert.equal(JSON.parse(again).data, JSON.parse(text).data);
    assert.equal(JSON.parse(again).sops.unencrypted_suffix, "_unencrypted");
  });
}

const others: readonly (readonly [what: string, documents: Plain[]])[] = [
  ["no data", [["map", [["str", "a"], ["str", "x"]]]]],
  ["data that is no string", [["map", [["str", "data"], ["int", "1"]]]]],
  ["data that is a mapping", [["map", [["str", "data"], ["map"]]]]],
  ["two documents", [["map"], ["map"]]],
  ["no document", []],
];
for (const [what, documents] of others) {
  Deno.test(`what is no binary file is refused: ${what}`, () => {
    assert.throws(() => binaryStore.emit({ documents: documents.map(mappingOf) }), UnholdableError);
  });
}
