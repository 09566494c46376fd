import assert from "node:assert/strict";
import { loadFullYaml, parseYaml, yamlStore } from "../../../src/sops/stores/yaml.ts";
import { readNodes } from "../../../src/sops/stores/yaml/full.ts";
import { scanYaml } from "../../../src/sops/stores/yaml/quick.ts";
import { documentTree } from "../../../src/sops/stores/yaml/tree.ts";
import { FormatError, type Mapping } from "../../../src/sops/tree.ts";
import fc from "fast-check";
import { handWritten, trees } from "./documents.ts";
import { mappingOf, type Plain, plain } from "./plain.ts";

await loadFullYaml();
const utf8 = new TextEncoder();
const read = (text: string) => yamlStore.parse(utf8.encode(text)).tree.documents.map(plain);
const str = (text: string): Plain => ["str", text];
const map = (...pairs: readonly (readonly [string, Plain] | Plain)[]): Plain => [
  "map",
  ...pairs.map((pair) => pair[0] === "#" ? pair : [str(pair[0] as string), pair[1]]),
];
const int = (value: number | string): Plain => ["int", String(value)];
const comment = (text: string, inline = false): Plain => ["#", text, inline];

const scalars: readonly (readonly [written: string, type: string, text?: string])[] = [
  ["abc", "str", "abc"],
  ["a#b", "str", "a#b"],
  ["http://x?y=1#z", "str", "http://x?y=1#z"],
  ["-a", "str", "-a"],
  ["?a", "str", "?a"],
  [":a", "str", ":a"],
  ["=", "str", "="],
  ["<<", "str", "<<"],
  ["yes", "str", "yes"],
  ["on", "str", "on"],
  ["y", "str", "y"],
  ["tRUE", "str", "tRUE"],
  ["true", "bool", "True"],
  ["TRUE", "bool", "True"],
  ["False", "bool", "False"],
  ["", "null"],
  ["~", "null"],
  ["Null", "null"],
  ["nULL", "str", "nULL"],
  ["0", "int", "0"],
  ["-0", "int", "0"],
  ["+5", "int", "5"],
  ["017", "int", "15"],
  ["-017", "int", "-15"],
  ["0o17", "int", "15"],
  ["0x1F", "int", "31"],
  ["0X1f", "int", "31"],
  ["0b11", "int", "3"],
  ["0b-11", "int", "-3"],
  ["0o+7", "int", "7"],
  ["1_000", "int", "1000"],
  ["1__0_", "int", "10"],
  ["9223372036854775807", "int", "9223372036854775807"],
  ["-9223372036854775808", "int", "-9223372036854775808"],
  ["-9223372036854775809", "float", "-9223372036854776000"],
  ["18446744073709551616", "float", "18446744073709552000"],
  ["0x10000000000000000", "str", "0x10000000000000000"],
  ["08", "float", "8"],
  ["1.0", "float", "1"],
  ["1.", "float", "1"],
  ["-.5", "float", "-0.5"],
  [".5e3", "float", "500"],
  [".1_0", "float", "0.1"],
  ["._1", "str", "._1"],
  ["1e3", "float", "1000"],
  ["12e03", "float", "12000"],
  ["1e21", "float", "1000000000000000000000"],
  ["1e-7", "float", "0.0000001"],
  ["1e-400", "float", "0"],
  ["1e400", "str", "1e400"],
  ["-0.0", "float", "-0"],
  ["685.230_15e+03", "float", "685230.15"],
  [".inf", "float", "+Inf"],
  ["+.INF", "float", "+Inf"],
  ["-.Inf", "float", "-Inf"],
  [".NaN", "float", "NaN"],
  ["inf", "str", "inf"],
  ["1:30", "str", "1:30"],
  ["190:20:30.15", "str", "190:20:30.15"],
  ["2027-02-20", "time", "2027-02-20T00:00:00Z"],
  ["2001-1-2", "time", "2001-01-02T00:00:00Z"],
  ["2001-12-14t21:59:43.10-05:00", "time", "2001-12-14T21:59:43.1-05:00"],
  ["2001-12-14T21:59:43+00:00", "time", "2001-12-14T21:59:43Z"],
  ["2001-12-14   21:59:43.5", "time", "2001-12-14T21:59:43.5Z"],
  ["2001-1-2T3:4:5,123456789123Z", "time", "2001-01-02T03:04:05.123456789Z"],
  ["2001-12-14 21:59:43.10 -5", "str", "2001-12-14 21:59:43.10 -5"],
  ["2001-12-14T21:59:43", "str", "2001-12-14T21:59:43"],
  ["2001-02-30", "str", "2001-02-30"],
  ["'it''s'", "str", "it's"],
  ["'12'", "str", "12"],
  ['"12"', "str", "12"],
  ['"a\\tb\\n\\u00e9\\U0001F600\\x41\\e\\_\\N\\L\\P"', "str", "a\tb\né😀A\x1b\xa0\x85\u2028\u2029"],
  ["!!str 12", "str", "12"],
  ["!!str", "str", ""],
  ["!!int '12'", "int", "12"],
  ["!!float 3", "float", "3"],
  ["!!bool true", "bool", "True"],
  ["!!timestamp '2001-1-2'", "time", "2001-01-02T00:00:00Z"],
  ["!!null ''", "null"],
  ["!!binary aGk=", "str", "hi"],
  ["!!binary /w==", "bytes", "\xff"],
  ["! 12", "int", "12"],
  ["9223372036854775808", "FormatError"],
  ["2001-12-14T21:59:43+24:00", "FormatError"],
  ["!!int abc", "FormatError"],
  ["!!bool yes", "FormatError"],
  ["!!binary ???", "FormatError"],
  ["!Ref name", "FormatError"],
  ["!!set {a}", "FormatError"],
];
for (const [written, type, text] of scalars) {
  Deno.test(`YAML: ${JSON.stringify(written)} is ${type} ${JSON.stringify(text ?? "")}`, () => {
    if (type === "FormatError") {
      assert.throws(() => read(`key: ${written}\n`), FormatError);
    } else {
      const value = text === undefined ? [type] : [type, text];
      assert.deepEqual(read(`key: ${written}\n`), [map(["key", value])]);
      if (written) {
        assert.deepEqual(read(`- k: 1\n`.replace(/.*/, `l:\n- ${written}`)), [
          map(["l", ["seq", value]]),
        ]);
      }
    }
  });
}

const documents: readonly (readonly [name: string, text: string, ...trees: Plain[]])[] = [
  ["nothing", ""],
  ["an empty document", "---\n", map()],
  [
    "a byte order mark and CR LF",
    "\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n",
    map(["a", int(1)], ["b", str("x\ny\n")]),
  ],
  ["two documents", "a: 1\n---\nb: 2\n", map(["a", int(1)]), map(["b", int(2)])],
  [
    "a list at the column of its key",
    "a:\n- 1\n- 2\nb: 3\n",
    map(["a", ["seq", int(1), int(2)]], ["b", int(3)]),
  ],
  [
    "lists in lists",
    "a:\n  - - 1\n    - 2\n  - k: v\n    l: w\n",
    map(["a", ["seq", ["seq", int(1), int(2)], map(["k", str("v")], ["l", str("w")])]]),
  ],
  [
    "brackets",
    "a: [1, {b: c}, [d: e]]\n",
    map(["a", ["seq", int(1), map(["b", str("c")]), ["seq", map(["d", str("e")])]]]),
  ],
  [
    "blocks",
    "a: |-\n  x\n   y\n\nb: |+\n  z\n\nc: >\n  f\n  g\n\n  h\n",
    map(["a", str("x\n y")], ["b", str("z\n\n")], ["c", str("f g\nh\n")]),
  ],
  ["a block without a final line break", "a: |\n  x", map(["a", str("x")])],
  ["a block with an indentation indicator", "a: |4\n      x\n    y\n", map(["a", str("  x\ny\n")])],
  [
    "aliases",
    "a: &x {b: 1}\nc: *x\nd: &y 5\ne: *y\n",
    map(["a", map(["b", int(1)])], ["c", map(["b", int(1)])], ["d", int(5)], ["e", int(5)]),
  ],
  [
    "a merge, which stays one",
    "a: &x {b: 1}\nc:\n  <<: *x\n",
    map(["a", map(["b", int(1)])], ["c", map(["<<", map(["b", int(1)])])]),
  ],
  ["a key that is a number", "1: a\n", ["map", [["int", "1"], str("a")]]],
  ["keys in quotes", "\"a b\": 1\n'c': 2\n", map(["a b", int(1)], ["c", int(2)])],
  ["a complex key that is a string", "? a\n: b\n", map(["a", str("b")])],
  ["a line separator in a value", "a: 'x\u2028    y'\n", map(["a", str("x\u2028y")])],

  ["a comment before a key", "# c\na: 1\n", map(comment(" c"), ["a", int(1)])],
  [
    "a comment behind a value",
    "a: 1 # c\nb: 2\n",
    map(comment(" c", true), ["a", int(1)], ["b", int(2)]),
  ],
  [
    "a comment behind a key with a mapping",
    "a: # c\n  b: 1\n",
    map(comment(" c"), ["a", map(["b", int(1)])]),
  ],
  [
    "comments at two depths",
    "a:\n  b: 1\n  # in\n# out\nc: 2\n",
    map(["a", map(["b", int(1)], comment(" in"))], comment(" out"), ["c", int(2)]),
  ],
  ["a comment at the end", "a: 1\n# c\n", map(["a", int(1)], comment(" c"))],
  [
    "a comment in a list",
    "a:\n  # c\n  - 1\n  # d\n  - 2 # e\n",
    map(["a", ["seq", comment(" c"), int(1), comment(" d"), comment(" e", true), int(2)]]),
  ],
  [
    "a comment that an empty item leaves to the next",
    "a:\n  # c\n  -\n  - 1\n",
    map(["a", ["seq", ["null"], comment(" c"), int(1)]]),
  ],
  ["a comment alone", "---\n# c\n", map(comment(" c"))],
];
for (const [name, text, ...trees] of documents) {
  Deno.test(`YAML: ${name} is read as SOPS reads it`, () => assert.deepEqual(read(text), trees));
}

const refused:
  readonly (readonly [name: string, text: string | Uint8Array, line: number, reason: RegExp])[] = [
    ["a key twice", "a: 1\nb:\n  c: 1\n  c: 2\n", 4, /key that is there already/],
    [
      "a key twice in the second document",
      "a: 1\n---\nb: 1\nb: 2\n",
      4,
      /key that is there already/,
    ],
    ["a list at the top", "- a\n", 1, /top level/],
    ["a value at the top", "a\n", 1, /top level/],
    ["comments and nothing else", "# a\n", 1, /no document/],
    ["an alias bomb", bomb(), 1, /expand to too much/],
    ["an alias inside of itself", "a: &x\n  b: *x\n", 2, /part of/],
    ["an unknown alias", "a: *x\n", 1, /alias/],
    ["a quote that is not closed", "a: 'b\n", 2, /quote/],
    ["a bracket that is not closed", "a: [b\n", 2, /indentation|bracket/],
    ["wrong indentation", "a:\n    b: 1\n  c: 2\n", 3, /indentation/],
    ["a tab as indentation", "a:\n\tb: 1\n", 2, /tab/],
    ["a mapping as a key", "? {a: 1}\n: b\n", 1, /key that is a mapping/],
    ["a control character", "a: b\nc: \x01\n", 2, /control/],
    ["a NUL byte", "a: \0\n", 1, /control/],
    ["bytes that are no UTF-8", new Uint8Array([0x61, 0x3a, 0x0a, 0x20, 0xff]), 2, /UTF-8/],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0x00]), 1, /UTF-16/],
    ["a merge of a value", "<<: 1\n", 1, /merge/],
    ["a key in brackets that is text to SOPS", "{b:}\n", 1, /colon/],
    ["a question mark in brackets", "a: [?b]\n", 1, /question mark/],
    ["a second end of a document", "a: 1\n...\n...\n", 3, /second end/],
    ["a directive", "%YAML 1.2\n---\na: 1\n", 1, /directive/],
    ["1,001 levels of brackets", `a: ${"[".repeat(1001)}${"]".repeat(1001)}\n`, 1, /levels|deep/],
    ["100,000 levels of brackets", `a: ${"[".repeat(100_000)}`, 1, /deep/],
  ];
for (const [name, text, line, reason] of refused) {
  Deno.test(`YAML: ${name} is refused with its line`, () => {
    const bytes = typeof text === "string" ? utf8.encode(text) : text;
    assert.throws(() => yamlStore.parse(bytes), (error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.reason, reason);
      assert.equal(error.line, line);
      return true;
    });
  });
}

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let at = 1; at < 10; at++) {
    lines.push(`a${at}: &a${at} [${Array(9).fill(`*a${at - 1}`).join(", ")}]`);
  }
  return lines.join("\n");
}

Deno.test("YAML: 1,000 levels of mappings are read", () => {
  let text = "";
  for (let at = 0; at < 998; at++) text += `${" ".repeat(at)}a:\n`;
  const tree = yamlStore.parse(utf8.encode(`${text}${" ".repeat(998)}b: 1\n`)).tree;
  assert.match(JSON.stringify(plain(tree.documents[0] as Mapping)), /\["str","b"\],\["int","1"\]/);
});

Deno.test("YAML: a line of a million characters is read", () => {
  const long = "x".repeat(1_000_000);
  assert.deepEqual(read(`a: ${long}\n`), [map(["a", str(long)])]);
  assert.deepEqual(read(`a: "${long}" # c\n`), [map(comment(" c", true), ["a", str(long)])]);
});

Deno.test("YAML: any part of a file is read or refused, and no refusal tells a value", () => {
  const file =
    'top: &x\n  key: "hunter2 secret" # hunter2\n  list: [hunter2, {a: hunter2}]\nblock: |\n  hunter2\nalias: *x\n';
  for (let end = 0; end <= file.length; end++) {
    for (
      const text of [
        file.slice(0, end),
        file.slice(end),
        `${file.slice(0, end)}\t}${file.slice(end)}`,
      ]
    ) {
      try {
        read(text);
      } catch (error) {
        assert.ok(error instanceof FormatError, `${JSON.stringify(text)}: ${error}`);
        assert.doesNotMatch(error.message, /hunter2/);
      }
    }
  }
});

Deno.test("YAML: random bytes are read or refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => refusesOrReads(bytes)), {
    numRuns: 500,
  });
  const pieces = fc.constantFrom(...Array.from("ab: -#[]{},&*!|>'\"%@?\n\n  \t\\"));
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }),
      (parts) => refusesOrReads(utf8.encode(parts.join(""))),
    ),
    { numRuns: 3000 },
  );
});

function refusesOrReads(bytes: Uint8Array): void {
  try {
    yamlStore.parse(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

Deno.test("YAML: what the scanner reads, the full reader reads the same", () => {
  let scanned = 0;
  const check = (text: string) => {
    const fast = scanYaml(text);
    if (!fast) return;
    scanned++;
    const slow = readNodes(text).map((document) => plain(documentTree(text, document)));
    assert.deepEqual([plain(fast)], slow, text);
  };
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 300 }), (numbers) => {
      let at = 0;
      check(handWritten((below) => (numbers[at++ % numbers.length] ?? 0) % below));
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(trees, (tree) => {
      check(new TextDecoder().decode(yamlStore.emit({ documents: [mappingOf(tree)] })));
    }),
    { numRuns: 300 },
  );
  const pieces = fc.constantFrom(
    "a: ",
    "b:",
    "- ",
    "c",
    "\n",
    "\n  ",
    "\n    ",
    "# d",
    "'e'",
    '"f"',
    "1",
    "|",
    "|-\n",
    " ",
    "~",
    ":",
    "[]",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => check(`k: 1\n${parts.join("")}`)),
    { numRuns: 5000 },
  );
  assert.ok(scanned > 1000, `only ${scanned} documents were scanned`);
});

Deno.test("YAML: a file that SOPS wrote needs no library, whatever is in it", async () => {
  const tree = {
    documents: [
      mappingOf(
        map(comment("ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:comment]"), [
          "a",
          map(
            ["b", str("ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]")],
            comment("ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:comment]"),
          ),
        ], ["l", ["seq", str(""), ["null"]]]),
      ),
    ],
  };
  const metadata = mappingOf(
    map(
      ["age", [
        "seq",
        map([
          "enc",
          str("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"),
        ], ["recipient", str("age1")]),
      ]],
      ["lastmodified", str("2026-11-22T00:00:00Z")],
      ["version", str("3.13.2")],
    ),
  );
  const bytes = yamlStore.emit(tree, metadata);
  assert.ok(scanYaml(new TextDecoder().decode(bytes)));
  const read = await parseYaml(bytes);
  assert.deepEqual(read.tree.documents.map(plain), tree.documents.map(plain));
  assert.deepEqual(plain(read.metadata as Mapping), plain(metadata));
});
