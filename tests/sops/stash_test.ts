import assert from "node:assert/strict";
import { Stash } from "../../src/sops/stash.ts";
import { Comment, type Node, Scalar } from "../../src/sops/tree.ts";

const text = (value: string, sealed?: string) => new Scalar("str", value, sealed);
const list = (...items: (Node | Comment)[]): Node => ({ kind: "sequence", items });
const stashOf = (entries: Readonly<Record<string, Node>>) =>
  new Stash({
    documents: [{
      kind: "mapping",
      entries: Object.entries(entries).map(([key, value]) => ({ kind: "pair", key, value })),
    }],
  });

Deno.test("a value is found at its own place with its own type only", () => {
  const stash = stashOf({ a: text("1", "A"), b: text("2", "B") });
  assert.equal(stash.find(text("1"), "a:"), "A");
  assert.equal(stash.find(text("1"), "b:"), undefined);
  assert.equal(stash.find(text("3"), "a:"), undefined);
  assert.equal(stash.find(new Scalar("int", "1"), "a:"), undefined);
  assert.equal(stash.find(new Comment("1"), "a:"), undefined);
});

Deno.test("values of a list are found wherever in it they stand, comments apart from them", () => {
  const items = Array.from({ length: 50 }, (_, at) => text(`${at}`, `S${at}`));
  const stash = stashOf({ a: list(...items, list(text("in", "I")), new Comment("1", "C")) });
  for (const [at, item] of items.entries()) assert.equal(stash.find(item, "a:"), `S${at}`);
  assert.equal(stash.find(text("in"), "a:"), "I");
  assert.equal(stash.find(new Comment("1"), "a:"), "C");
  assert.equal(stash.find(text("50"), "a:"), undefined);
});

Deno.test("what was not decrypted has no ciphertext to keep", () => {
  assert.equal(stashOf({ a: text("1") }).find(text("1"), "a:"), undefined);
});
