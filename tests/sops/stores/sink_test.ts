import assert from "node:assert/strict";
import fc from "fast-check";
import { Sink } from "../../../src/sops/stores/sink.ts";
import { encodeAny } from "../../../src/sops/stores/flat/text.ts";

Deno.test("pieces of any length come out as the bytes of the whole", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.integer({ min: 65_530, max: 65_540 }).map((length) => "é".repeat(length)),
  );
  return fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(300_000), (pieces, expected) => {
      const sink = new Sink("yaml", expected);
      for (const each of pieces) sink.put(each);
      assert.deepEqual(sink.bytes(), new TextEncoder().encode(pieces.join("")));
    }),
    { numRuns: 100 },
  );
});

Deno.test("bytes that are no UTF-8 go through, where the encoder has a text for them", () => {
  const sink = new Sink("yaml", 0, encodeAny);
  const long = "x".repeat(70_000);
  for (const piece of ["a\udc80", long, "\udcffb"]) sink.put(piece);
  const bytes = sink.bytes();
  assert.deepEqual([...bytes.subarray(0, 2)], [0x61, 0x80]);
  assert.deepEqual([...bytes.subarray(-2)], [0xff, 0x62]);
  assert.equal(bytes.length, long.length + 4);
});

Deno.test("nothing written is no bytes", () => assert.equal(new Sink("yaml").bytes().length, 0));
