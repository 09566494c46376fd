import assert from "node:assert/strict";
import { storeFor } from "../../../src/sops/stores/mod.ts";
import { UnholdableError } from "../../../src/sops/tree.ts";
import { mappingOf, type Plain, plain, treeOf } from "./plain.ts";

const yamlStore = await storeFor("yaml");
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const write = (...documents: Plain[]) =>
  decode(yamlStore.emit({ documents: documents.map(mappingOf) }));
const str = (text: string): Plain => ["str", text];
const one = (key: string, value: Plain): Plain => ["map", [str(key), value]];
const comment = (text: string, inline = false): Plain => ["#", text, inline];

/** Values in a mapping, exactly as sops 3.13.2 writes them. */
const values: readonly (readonly [value: Plain, written: string])[] = [
  [["null"], "null"],
  [["bool", "True"], "true"],
  [["int", "-12"], "-12"],
  [["float", "1"], "1"],
  [["float", "0.5"], "0.5"],
  [["float", "1000000"], "1e+06"],
  [["float", "123456.5"], "123456.5"],
  [["float", "0.00001"], "1e-05"],
  [["float", "-0"], "-0.0"],
  [["float", "NaN"], ".nan"],
  [["float", "+Inf"], ".inf"],
  [["float", "-Inf"], "-.inf"],
  [["time", "2026-11-22T00:00:00Z"], "2026-11-22T00:00:00Z"],
  [["bytes", "\xff"], "!!binary /w=="],
  [["map"], "{}"],
  [["seq"], "[]"],
  [str(""), '""'],
  [str("a b"), "a b"],
  [str(" a"), "' a'"],
  [str("a "), "'a '"],
  [str("a: b"), "'a: b'"],
  [str("a:"), "'a:'"],
  [str("a:b"), "a:b"],
  [str("a #b"), "'a #b'"],
  [str("it's"), "it's"],
  [str("'a'"), "'''a'''"],
  [str('"a"'), "'\"a\"'"],
  [str("a\\b"), "a\\b"],
  [str("- a"), "'- a'"],
  [str("-a"), "-a"],
  [str("---"), "'---'"],
  [str("...a"), "'...a'"],
  [str("@a"), "'@a'"],
  [str("a, b"), "a, b"],
  [str("[a]"), "'[a]'"],
  [str("yes"), '"yes"'],
  [str("N"), '"N"'],
  [str("null"), '"null"'],
  [str("12"), '"12"'],
  [str("1e3"), '"1e3"'],
  [str("0b11"), '"0b11"'],
  [str("9223372036854775808"), '"9223372036854775808"'],
  [str("1:30"), '"1:30"'],
  [str("2026-11-22T00:00:00Z"), '"2026-11-22T00:00:00Z"'],
  [str("2026-13-22"), "2026-13-22"],
  [str("<<"), "!!merge <<"],
  [str("a\tb"), '"a\\tb"'],
  [str("\x00\x07\x1b\x7f\x85"), '"\\0\\a\\e\\x7F\\N"'],
  [str("é ñ 日本"), "é ñ 日本"],
  [str("😀"), '"\\U0001F600"'],
  [str("\ufeff"), '"\\uFEFF"'],
  [str("a\rb"), '"a\\rb"'],
  [str("a\u2028b"), "'a\u2028    b'"],
  [str("a\n"), "|\n    a"],
  [str("a\nb"), "|-\n    a\n    b"],
  [str("a\n\n"), "|+\n    a\n"],
  [str("a\n\nb\n"), "|\n    a\n\n    b"],
  [str(" a\nb"), "|4-\n     a\n    b"],
  [str("\n"), "|4+\n"],
  [str("a\n\tb"), "|-\n    a\n    \tb"],
  [str("a \nb"), '"a \\nb"'],
  [str("a\nb "), '"a\\nb "'],
  [str("a\n\x07"), '"a\\n\\a"'],
  [str("word ".repeat(40) + "end"), "word ".repeat(40) + "end"],
  [["map", [str("x"), ["int", "1"]]], "\n    x: 1"],
  [["seq", ["int", "1"], ["seq", ["int", "2"]], ["map", [str("x"), ["int", "3"]], [str("z"), [
    "int",
    "4",
  ]]]], "\n    - 1\n    - - 2\n    - x: 3\n      z: 4"],
];
for (const [value, written] of values) {
  Deno.test(`YAML: ${JSON.stringify(value)} is written as SOPS writes it`, () => {
    const text = `key:${written.startsWith("\n") ? "" : " "}${written}\n`;
    assert.equal(write(one("key", value)), text);
    assert.deepEqual(
      yamlStore.parse(new TextEncoder().encode(text)).tree.documents.map(plain)[0]?.[1],
      [str("key"), readAs(value)],
    );
  });
}

/** A float without a fraction is read as an integer. */
function readAs(value: Plain): Plain {
  return value[0] === "float" && value[1] === "1" ? ["int", "1"] : value;
}

const keys: readonly (readonly [key: string, written: string])[] = [
  ["", '"": 1'],
  ["a b", "a b: 1"],
  ["12", '"12": 1'],
  ["a: b", "'a: b': 1"],
  ["x".repeat(128), `${"x".repeat(128)}: 1`],
  ["x".repeat(129), `? ${"x".repeat(129)}\n: 1`],
  ["é".repeat(65), `? ${"é".repeat(65)}\n: 1`],
  ["a\nb", "? |-\n    a\n    b\n: 1"],
];
for (const [key, written] of keys) {
  Deno.test(`YAML: the key ${JSON.stringify(key.slice(0, 20))} is written as SOPS writes it`, () => {
    assert.equal(write(one(key, ["int", "1"])), `${written}\n`);
  });
}

const documents: readonly (readonly [name: string, text: string, ...documents: Plain[]])[] = [
  ["no documents", ""],
  ["an empty document", "{}\n", ["map"]],
  ["two documents", "a: 1\n---\nb: 2\n", one("a", ["int", "1"]), one("b", ["int", "2"])],
  ["comments before, behind and after", "# top\na: 1 # behind\n# before\nb: 2\n# end\n", [
    "map",
    comment(" top"),
    comment(" behind", true),
    [str("a"), ["int", "1"]],
    comment(" before"),
    [str("b"), ["int", "2"]],
    comment(" end"),
  ]],
  [
    "comments in a mapping in a mapping",
    "a:\n    # first\n    b: 1\n    # last\n# next\nc: 2\n",
    [
      "map",
      [str("a"), ["map", comment(" first"), [str("b"), ["int", "1"]], comment(" last")]],
      comment(" next"),
      [str("c"), ["int", "2"]],
    ],
  ],
  ["comments in a list", "a:\n    # first\n    - 1\n    # second\n    - 2 # behind\n    # last\n", [
    "map",
    [str("a"), [
      "seq",
      comment(" first"),
      ["int", "1"],
      comment(" second"),
      comment(" behind", true),
      ["int", "2"],
      comment(" last"),
    ]],
  ]],
  ["an empty comment", "#\na: 1\n", ["map", comment(""), [str("a"), ["int", "1"]]]],
  ["a comment in an empty mapping", "a: {\n    # c\n}\n", ["map", [str("a"), [
    "map",
    comment(" c"),
  ]]]],
  ["a comment behind a block", "a: | # c\n    x\n", ["map", comment(" c", true), [
    str("a"),
    str("x\n"),
  ]]],
  ["a merge", "a:\n    !!merge <<:\n        b: 1\n", one("a", one("<<", one("b", ["int", "1"])))],
];
for (const [name, text, ...trees] of documents) {
  Deno.test(`YAML: ${name}: written as SOPS writes it`, () => assert.equal(write(...trees), text));
}

/** What sops 3.13.2 writes in a way that it cannot read again, or reads as something else. */
const kept: readonly (readonly [name: string, value: Plain, text: string])[] = [
  ["a block that begins with a tab (sops: null)", str("\ta\nb"), 'key: "\\ta\\nb"\n'],
  [
    "a block with an indentation indicator in a list (sops: other text)",
    ["seq", str("  a\nb")],
    'key:\n    - "  a\\nb"\n',
  ],
  ["the same in a mapping in a list", ["seq", one("x", str(" a\nb"))], 'key:\n    - x: " a\\nb"\n'],
  [
    "the key << with a value (sops: a merge of a value)",
    one("<<", str("a")),
    'key:\n    "<<": a\n',
  ],
];
for (const [name, value, text] of kept) {
  Deno.test(`YAML: ${name} is written so that it stays what it is`, () => {
    assert.equal(write(one("key", value)), text);
    assert.deepEqual(yamlStore.parse(new TextEncoder().encode(text)).tree.documents.map(plain), [
      one("key", value),
    ]);
  });
}

Deno.test("YAML: the metadata stands last, in every document", () => {
  const tree = { documents: [one("a", ["int", "1"]), one("b", ["int", "2"])].map(mappingOf) };
  const bytes = yamlStore.emit(tree, mappingOf(one("version", str("3.13.2"))));
  assert.equal(
    decode(bytes),
    "a: 1\nsops:\n    version: 3.13.2\n---\nb: 2\nsops:\n    version: 3.13.2\n",
  );
  const read = yamlStore.parse(bytes);
  assert.deepEqual(read.tree.documents.map(plain), tree.documents.map(plain));
  assert.deepEqual(read.metadata && plain(read.metadata), one("version", str("3.13.2")));
});

Deno.test("YAML: the indentation is the layout's, within what go-yaml takes", () => {
  const tree = { documents: [mappingOf(one("a", one("b", ["seq", ["int", "1"]])))] };
  const written = (indent: number) => decode(yamlStore.emit(tree, undefined, { indent }));
  assert.equal(written(2), "a:\n  b:\n    - 1\n");
  assert.equal(written(0), "a:\n    b:\n        - 1\n");
  assert.equal(written(12), written(2));
  assert.throws(() => written(-1), TypeError);
});

const singles: readonly (readonly [value: Plain, written: string])[] = [
  [str("a: b"), "a: b"],
  [str("a\n"), "a\n"],
  [["bytes", "\xff"], "\xff"],
  [["int", "1"], "1\n"],
  [["bool", "False"], "false\n"],
  [["null"], "null\n"],
  [["time", "2026-11-22T00:00:00Z"], "2026-11-22T00:00:00Z\n"],
  [["seq", ["int", "1"], str("yes")], '- 1\n- "yes"\n'],
  [["seq"], "[]\n"],
  [one("a", ["int", "1"]), "a: 1\n"],
];
for (const [value, written] of singles) {
  Deno.test(`YAML: ${JSON.stringify(value)} alone is what sops decrypt --extract prints`, () => {
    const bytes = yamlStore.emitValue(treeOf(value));
    assert.equal(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""), written);
  });
}

Deno.test("YAML: a comment that cannot be one is not written", () => {
  for (const text of ["a\rb", "a\0", "\u2028"]) {
    assert.throws(() => write(["map", comment(text)]), UnholdableError);
  }
});

Deno.test("YAML: a comment of several lines, as INI has them, is several comments", () => {
  const entries = [comment("a\n; b\n# c\r"), [["str", "k"], ["str", "v"]]];
  assert.equal(write(["map", ...entries]), "#a\n# ; b\n# c\nk: v\n");
});

Deno.test("YAML: 1,000 levels are written, and more refused", () => {
  const nested = (levels: number) => {
    let value: Plain = ["int", "1"];
    for (let at = 0; at < levels; at++) value = one("a", value);
    return value;
  };
  assert.match(write(nested(1000)), /a: 1\n$/);
  assert.throws(() => write(nested(1001)), UnholdableError);
});
