import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addToList,
  removeFromList,
  removeValue,
  setValue,
  ShapeError,
} from "../../src/claude/edit.ts";

const sets = [
  ["an empty text", "", ["env", "A"], `{\n  "env": {\n    "A": "x"\n  }\n}\n`],
  ["an empty object", "{}\n", ["a"], `{\n  "a": "x"\n}\n`],
  ["an object on one line", `{"b": 1}`, ["a"], `{"b": 1, "a": "x"}`],
  [
    "tabs",
    `{\n\t"b": {\n\t\t"c": 1\n\t}\n}`,
    ["b", "a"],
    `{\n\t"b": {\n\t\t"c": 1,\n\t\t"a": "x"\n\t}\n}`,
  ],
  ["CRLF", `{\r\n    "b": 1\r\n}\r\n`, ["a"], `{\r\n    "b": 1,\r\n    "a": "x"\r\n}\r\n`],
  [
    "a comment behind the last one",
    `{\n  "b": 1 // about b\n  // the end\n}`,
    ["a"],
    `{\n  "b": 1, // about b\n  "a": "x"\n  // the end\n}`,
  ],
  ["a trailing comma", `{\n  "b": 1,\n}`, ["a"], `{\n  "b": 1,\n  "a": "x",\n}`],
  [
    "an object with only a comment",
    `{\n  // nothing\n}`,
    ["a"],
    `{\n  // nothing\n  "a": "x"\n}`,
  ],
  ["a value that is there", `{"a": "y" /* y */}`, ["a"], `{"a": "x" /* y */}`],
  ["the same value", `{ "a":"x" }`, ["a"], `{ "a":"x" }`],
  ["a value that is there twice", `{"a": "1", "a": "2"}`, ["a"], `{"a": "1", "a": "x"}`],
  ["a value of another type", `{"a": [1, 2]}`, ["a"], `{"a": "x"}`],
] as const;
for (const [name, text, path, expected] of sets) {
  Deno.test(`setting a value in ${name}`, () => {
    assert.equal(setValue(text, path, "x"), expected);
    assert.equal(setValue(expected, path, "x"), expected);
  });
}

const removals = [
  ["the first of several", `{\n  "a": 1,\n  "b": 2\n}`, `{\n  "b": 2\n}`],
  ["the last of several", `{\n  "b": 2,\n  "a": 1\n}`, `{\n  "b": 2\n}`],
  ["the only one", `{\n  "a": 1\n}`, `{\n}`],
  ["one on a line with others", `{"b": 1, "a": 2, "c": 3}`, `{"b": 1, "c": 3}`],
  ["the last on a line", `{"b": 1, "a": 2}`, `{"b": 1}`],
  ["the first on a line", `{"a": 2, "b": 1}`, `{"b": 1}`],
  ["one with a comment of its own", `{\n  "a": 1, // a\n  "b": 2 // b\n}`, `{\n  "b": 2 // b\n}`],
  [
    "the last, behind a comment of another",
    `{\n  "b": 2, // b\n  "a": 1 // a\n}`,
    `{\n  "b": 2 // b\n}`,
  ],
  ["one that stands twice", `{\n  "a": 1,\n  "b": 2,\n  "a": 3\n}`, `{\n  "b": 2\n}`],
  ["one of several lines", `{\n  "a": {\n    "x": 1\n  },\n  "b": 2\n}`, `{\n  "b": 2\n}`],
  ["one before a trailing comma", `{\n  "b": 2,\n  "a": 1,\n}`, `{\n  "b": 2,\n}`],
  ["CRLF", `{\r\n  "b": 2,\r\n  "a": 1\r\n}`, `{\r\n  "b": 2\r\n}`],
  ["none", `{"b": 1}`, `{"b": 1}`],
] as const;
for (const [name, text, expected] of removals) {
  Deno.test(`removing a value: ${name}`, () => assert.equal(removeValue(text, ["a"]), expected));
}

Deno.test("an object that is left empty goes, unless it has a comment", () => {
  assert.equal(
    removeValue(`{\n  "e": {\n    "a": 1\n  },\n  "b": 1\n}`, ["e", "a"]),
    `{\n  "b": 1\n}`,
  );
  assert.equal(
    removeValue(`{\n  "e": {\n    // keep\n    "a": 1\n  }\n}`, ["e", "a"]),
    `{\n  "e": {\n    // keep\n  }\n}`,
  );
});

Deno.test("lists: an item is added once, and its list with it; removed, the list goes when empty", () => {
  const path = ["permissions", "deny"];
  const one = addToList("{}", path, "Read(x)");
  assert.deepEqual(JSON.parse(one), { permissions: { deny: ["Read(x)"] } });
  assert.equal(addToList(one, path, "Read(x)"), one);
  const two = addToList(one, path, "Read(y)");
  assert.deepEqual(JSON.parse(two), { permissions: { deny: ["Read(x)", "Read(y)"] } });
  assert.equal(removeFromList(two, path, "Read(y)"), one);
  assert.equal(removeFromList(one, path, "Read(x)"), "{\n}");
  assert.equal(
    addToList(`{"permissions": {"deny": []}}`, path, "a"),
    `{"permissions": {"deny": [\n  "a"\n]}}`,
  );
});

Deno.test("a value in the way is no object and no list", () => {
  assert.throws(() => setValue(`{"env": null}`, ["env", "A"], "x"), ShapeError);
  assert.throws(
    () => addToList(`{"permissions": {"deny": "x"}}`, ["permissions", "deny"], "y"),
    ShapeError,
  );
});

Deno.test("setting and then removing a new value gives back the document, in any layout", () => {
  const values = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
  fc.assert(
    fc.property(values, fc.constantFrom("", 2, 4, "\t"), fc.string(), (given, indent, value) => {
      fc.pre(!("new one" in given));
      const text = JSON.stringify(given, null, indent);
      const set = setValue(text, ["new one"], value);
      assert.deepEqual(JSON.parse(set), { ...JSON.parse(text), "new one": value });
      const removed = removeValue(set, ["new one"]);
      if (text !== "{}") assert.equal(removed, text);
      else assert.deepEqual(JSON.parse(removed), {});
    }),
    { numRuns: 500 },
  );
});
