import assert from "node:assert/strict";
import fc from "fast-check";
import { formatForPath, storeFor } from "../../../src/sops/stores/mod.ts";
import { FormatError, UnholdableError } from "../../../src/sops/tree.ts";
import { mappingOf, type Plain, plain, treeOf } from "./plain.ts";

const jsonStore = await storeFor("json");
const utf8 = new TextEncoder();
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const read = (text: string) => jsonStore.parse(utf8.encode(text)).tree.documents.map(plain);
const str = (text: string): Plain => ["str", text];
const one = (key: string, value: Plain): Plain => ["map", [str(key), value]];
const write = (document: Plain, indent?: number) =>
  decode(
    jsonStore.emit(
      { documents: [mappingOf(document)] },
      undefined,
      indent === undefined ? {} : { indent },
    ),
  );

const values: readonly (readonly [written: string, value: Plain, rewritten?: string])[] = [
  ["null", ["null"]],
  ["true", ["bool", "True"]],
  ["false", ["bool", "False"]],
  ["12", ["int", "12"]],
  ["-0", ["int", "0"], "0"],
  ["9223372036854775807", ["int", "9223372036854775807"]],
  [
    "9223372036854775808",
    ["float", "9223372036854776000"],
    "9223372036854776000",
  ],
  ["9223372036854776000", ["float", "9223372036854776000"]],
  ["1.0", ["float", "1"], "1"],
  ["1e3", ["float", "1000"], "1000"],
  ["1e21", ["float", "1000000000000000000000"], "1e+21"],
  ["0.000001", ["float", "0.000001"]],
  ["1e-7", ["float", "0.0000001"]],
  ["-2.5e-10", ["float", "-0.00000000025"]],
  ['""', str("")],
  ['"\\u003c\\u003e\\u0026\\u2028\\u2029"', str("<>&\u2028\u2029")],
  ['"\\"\\\\\\n\\r\\t\\b\\f\\u0001"', str('"\\\n\r\t\b\f\x01')],
  ['"\\/\\ud83d\\ude00é"', str("/😀é"), '"/😀é"'],
  ['"\x7f"', str("\x7f")],
  ["[]", ["seq"]],
  ["{}", ["map"]],
  ['[\n\t\t1,\n\t\t{\n\t\t\t"a": []\n\t\t}\n\t]', ["seq", ["int", "1"], one("a", ["seq"])]],
];
for (const [written, value, rewritten] of values) {
  Deno.test(`JSON: ${JSON.stringify(written)} is read and written as SOPS does`, () => {
    assert.deepEqual(read(`{"k":${written}}`), [one("k", value)]);
    assert.equal(write(one("k", value)), `{\n\t"k": ${rewritten ?? written}\n}\n`);
  });
}

Deno.test("JSON: keys keep their order, also those that look like indices", () => {
  const text = '{\n\t"b": 1,\n\t"10": 2,\n\t"9": 3,\n\t"__proto__": 4\n}\n';
  assert.equal(decode(jsonStore.emit(jsonStore.parse(utf8.encode(text)).tree)), text);
});

Deno.test("JSON: the metadata stands last and comes out apart", () => {
  const text = '{\n\t"a": 1,\n\t"sops": {\n\t\t"version": "3.13.2"\n\t}\n}\n';
  const { tree, metadata } = jsonStore.parse(utf8.encode(text));
  assert.deepEqual(tree.documents.map(plain), [one("a", ["int", "1"])]);
  assert.deepEqual(metadata && plain(metadata), one("version", str("3.13.2")));
  assert.equal(decode(jsonStore.emit(tree, metadata)), text);
});

Deno.test("JSON: the indentation is a tab, or spaces where the layout says so", () => {
  assert.equal(write(one("a", one("b", ["int", "1"])), 2), '{\n  "a": {\n    "b": 1\n  }\n}\n');
  assert.equal(write(one("a", ["int", "1"]), 0), '{\n"a": 1\n}\n');
  assert.equal(write(one("a", ["int", "1"]), -1), '{\n\t"a": 1\n}\n');
  assert.throws(() => write(["map"], -2), TypeError);
});

Deno.test("JSON: comments, which it does not have, are left out as SOPS leaves them out", () => {
  assert.equal(
    write(["map", ["#", " c", false], [str("a"), ["seq", ["#", " d", false]]]]),
    '{\n\t"a": []\n}\n',
  );
});

Deno.test("JSON: what it cannot hold is not written", () => {
  for (const value of [["bytes", "\xff"], ["float", "NaN"], ["float", "+Inf"]]) {
    assert.throws(() => write(one("a", value)), UnholdableError);
  }
  assert.throws(() => write(["map", [["int", "1"], str("a")]]), UnholdableError);
  assert.throws(() => jsonStore.emit({ documents: [] }), UnholdableError);
  assert.throws(
    () => jsonStore.emit({ documents: [["map"], ["map"]].map(mappingOf) }),
    UnholdableError,
  );
});

const singles: readonly (readonly [value: Plain, written: string])[] = [
  [str("a\n"), "a\n"],
  [["int", "1"], "1"],
  [["null"], "null"],
  [["seq", ["int", "1"]], "[\n\t1\n]"],
  [one("a", ["int", "1"]), '{\n\t"a": 1\n}\n'],
];
for (const [value, written] of singles) {
  Deno.test(`JSON: ${JSON.stringify(value)} alone is what sops decrypt --extract prints`, () => {
    assert.equal(decode(jsonStore.emitValue(treeOf(value))), written);
  });
}

const refused:
  readonly (readonly [name: string, text: string | Uint8Array, place: string, reason: RegExp])[] = [
    ["nothing", "", "1:1", /no object/],
    ["a list at the top", "[]", "1:1", /no object/],
    ["a value at the top", "1", "1:1", /no object/],
    ["a key twice", '{"a":1,\n"a":2}', "2:1", /there already/],
    ["something after the end", '{"a":1} x', "1:9", /after the end/],
    ["a comment", '{\n// c\n"a":1}', "2:1", /key in double quotes/],
    ["a comma too many", '{"a":1,}', "1:8", /key in double quotes/],
    ["a missing comma", '{"a":[1 2]}', "1:9", /comma/],
    ["a missing colon", '{"a" 1}', "1:6", /colon/],
    ["an end in the middle", '{"a": {"b": "c', "1:15", /closing quote/],
    ["a leading zero", '{"a":01}', "1:7", /comma/],
    ["a word", '{"a":nul}', "1:6", /value/],
    ["a control character", '{"a":"\n"}', "1:7", /control/],
    ["half of a surrogate pair", '{"a":"\\ud800"}', "1:13", /surrogate/],
    ["an unknown escape sequence", '{"a":"\\x41"}', "1:8", /escape/],
    ["an integer that loses digits", '{"a":12345678901234567890123}', "1:6", /integer/],
    ["a number that is too large", '{"a":1e400}', "1:6", /too large/],
    ["a byte order mark", '\ufeff{"a":1}', "1:1", /byte order mark/],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0x0a, 0x22, 0xff]), "2:2", /UTF-8/],
    ["1,001 levels", `${'{"a":'.repeat(1001)}1`, "1:5001", /levels/],
    ["a million brackets", `{"a":${"[".repeat(1_000_000)}`, "1:1005", /levels/],
  ];
for (const [name, text, place, reason] of refused) {
  Deno.test(`JSON: ${name} is refused with its place`, () => {
    const bytes = typeof text === "string" ? utf8.encode(text) : text;
    assert.throws(() => jsonStore.parse(bytes), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.reason, reason);
      assert.equal(`${error.line}:${error.column}`, place);
      return true;
    });
  });
}

Deno.test("JSON: any text is read or refused, and what JSON.parse refuses too", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"a"',
    '"b"',
    ":",
    ",",
    "1",
    "-1.5e3",
    "true",
    "null",
    " ",
    "\n",
    '"',
    "\\",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const text = `{"k":${parts.join("")}`;
      try {
        read(text);
      } catch (error) {
        assert.ok(error instanceof FormatError);
        return;
      }
      JSON.parse(text);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("JSON: every value of JSON.stringify is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const tree = jsonStore.parse(utf8.encode(JSON.stringify(object))).tree;
      assert.deepEqual(
        JSON.parse(decode(jsonStore.emit(tree))),
        JSON.parse(JSON.stringify(object).replace(/(?<=[[:,])-0(?=[,\]}])/g, "0")),
      );
    }),
    { numRuns: 500 },
  );
});

for (
  const [path, format] of [
    ["a.yaml", "yaml"],
    ["a.yml", "yaml"],
    ["secrets/a.json", "json"],
    [".env", "dotenv"],
    ["a.env", "dotenv"],
    ["a.ini", "ini"],
    ["a.YAML", "binary"],
    ["yaml", "binary"],
    ["a.json.txt", "binary"],
  ]
) {
  Deno.test(`the format of ${path} is ${format}`, () =>
    assert.equal(formatForPath(path as string), format));
}
