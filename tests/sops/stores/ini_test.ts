import assert from "node:assert/strict";
import fc from "fast-check";
import { iniStore } from "../../../src/sops/stores/ini.ts";
import { FormatError, UnholdableError } from "../../../src/sops/tree.ts";
import { mappingOf, type Plain, plain } from "./plain.ts";

const utf8 = new TextEncoder();
const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

const str = (key: string, value: string): Plain => [["str", key], ["str", value]];
const comment = (text: string): Plain => ["#", text, false];
const section = (name: string, ...entries: Plain[]): Plain => [["str", name], ["map", ...entries]];

/** The sections, without the first one where it is empty. */
function read(source: string | Uint8Array): readonly unknown[] {
  const bytes = typeof source === "string" ? utf8.encode(source) : source;
  const [, ...sections] = plain(iniStore.parsePlain!(bytes).documents[0]!);
  const [first] = sections as Plain[];
  return (first?.[1] as Plain).length === 1 ? sections.slice(1) : sections;
}

function write(sections: readonly Plain[], metadata?: Plain): string {
  const document = mappingOf(["map", ...sections]);
  return text(iniStore.emit({ documents: [document] }, metadata && mappingOf(metadata)));
}

/** The value of the first key. */
function valueOf(line: string): unknown {
  const [found] = plain(iniStore.parsePlain!(utf8.encode(line)).documents[0]!).slice(1) as Plain[];
  const [, [, value]] = found![1] as [string, [Plain, Plain]];
  return value[1];
}

const values: readonly (readonly [line: string, value: string])[] = [
  ["k=v", "v"],
  ["k = v", "v"],
  ["k: v", "v"],
  ["k=a=b", "a=b"],
  ["k=", ""],
  ["k=  ", ""],
  ["  k = v  ", "v"],
  ["k = a b\t", "a b"],
  ['k = "a b"', "a b"],
  ["k = ' a '", " a "],
  ['k = "a"b"', '"a"b"'],
  ["k = 'a", "'a"],
  ["k = `a;b#c`", "a;b#c"],
  ['k = """a"""', "a"],
  ['k = """a\nb"""', "a\nb"],
  ["k = `a\nb`", "a\nb"],
  ['k = """a\n; b\n\n[c]"""', "a\n; b\n\n[c]"],
  ["k = a \\\n  b", "a b"],
  ["k = a\\\nb\\\nc", "abc"],
  ["k = a\\\n\nm=n", "a"],
  ["k = v ; c", "v"],
  ["k = v\t# c", "v"],
  ['k = "a b" ; c', "a b"],
  ['k = "" ; c', ""],
  ["k = v\r", "v"],
  ["k = \u00a0v\u2003", "v"],
  ["k = \ufeffv", "\ufeffv"],
  ['"k" = v', "v"],
  ["k = %(a)s", "%(a)s"],
  ["k = \\n", "\\n"],
];
for (const [line, value] of values) {
  Deno.test(`an INI value: ${JSON.stringify(line)}`, () => assert.equal(valueOf(line), value));
}

const keys: readonly (readonly [line: string, key: string])[] = [
  ["k=v", "k"],
  ["a b = v", "a b"],
  ['"a=b" = v', "a=b"],
  ['`a"b` = v', 'a"b'],
  ['"""a`b""" = v', "a`b"],
  ["é = v", "é"],
  ["- = v", "#1"],
];
for (const [line, key] of keys) {
  Deno.test(`an INI key: ${line}`, () => {
    assert.deepEqual(read(`[s]\n${line}\n`), [section("s", str(key, "v"))]);
  });
}

const wholes:
  readonly (readonly [what: string, text: string, sections: Plain[], again?: string])[] = [
    ["nothing", "", []],
    ["keys before any section", "a = 1\n\n[s]\nb = 2\n", [
      section("DEFAULT", str("a", "1")),
      section("s", str("b", "2")),
    ]],
    ["an explicit [DEFAULT]", "[DEFAULT]\na = 1\n", [section("DEFAULT", str("a", "1"))], "a = 1\n"],
    ["[DEFAULT] after others", "a = 1\n\n[s]\nb = 2\n\n[DEFAULT]\nc = 3\n", [
      section("DEFAULT", str("a", "1")),
      section("s", str("b", "2")),
      section("DEFAULT", str("c", "3")),
    ]],
    ["a section twice", "[s]\na = 1\n\n[s]\na = 2\n", [
      section("s", str("a", "1")),
      section("s", str("a", "2")),
    ]],
    ["an empty section", "[s]\n\n[t]\na = 1\n", [section("s"), section("t", str("a", "1"))]],
    ["brackets in a name", "[a]b]\nk = v\n", [section("a]b", str("k", "v"))]],
    ["a section called default", "[default]\nk = v\n", [section("default", str("k", "v"))]],
    ["alignment by bytes", "[s]\né   = 1\nabcd = 2\n", [
      section("s", str("é", "1"), str("abcd", "2")),
    ]],
    ["comments", "; top\n[s]\n# one\nk = v\n; two\n# three\nl = w ; four\n[t] # five\nm=n\n", [
      section(
        "s",
        comment("top"),
        str("k", "v"),
        comment("one"),
        str("l", "w"),
        comment("two\n# three\n; four"),
      ),
      section("t", comment("five"), str("m", "n")),
    ], "; top\n[s]\n; one\nk = v\n; two\n# three\n; four\nl = w\n\n; five\n[t]\nm = n\n"],
    ["a comment with nothing in it", "[s]\n#\n# a\nk = v\n", [
      section("s", str("k", "v"), comment("\n# a")),
    ], "[s]\n;\n# a\nk = v\n"],
    [
      "a UTF-8 byte order mark",
      "\ufeff[s]\nk = v\n",
      [section("s", str("k", "v"))],
      "[s]\nk = v\n",
    ],
    ["CRLF", "[s]\r\nk = v\r\n", [section("s", str("k", "v"))], "[s]\nk = v\n"],
  ];
for (const [what, source, sections, again = source] of wholes) {
  Deno.test(`INI: ${what}`, () => {
    assert.deepEqual(read(source), sections);
    assert.equal(write(sections), again);
  });
}

const lost: readonly (readonly [what: string, text: string])[] = [
  ["# in a value", "[s]\nk = a#b\n"],
  ["; in a value", "[s]\nk = a;b\n"],
  ["# before a value", "[s]\nk = #fff\n"],
  ["; in double quotes", '[s]\nk = "a ;b"\n'],
  ["an escaped ;", "[s]\nk = a\\;b\n"],
  ["text behind quotes", "[s]\nk = `a` b\n"],
  ["a comment behind quotes", "[s]\nk = `a` ; b\n"],
  ["text behind a key's quotes", '[s]\n"a" b = c\n'],
  ["text behind a header", "[s] x\nk = v\n"],
  ["a comment at the end", "[s]\nk = v\n; commented = out\n"],
  ["a key twice", "[s]\nk = v\nk = w\n"],
  ["text behind a value of several lines", "[s]\nk = `a\nb` c\n"],
];
for (const [what, source] of lost) {
  Deno.test(`INI that SOPS would lose a part of is refused: ${what}`, () => {
    assert.throws(
      () => read(source),
      (error) => error instanceof FormatError && (error.line ?? 0) >= 1,
    );
  });
}

Deno.test("an encrypted file is read although a comment ends it", () => {
  const { tree, metadata } = iniStore.parse(utf8.encode("[s]\nk = v\n[sops]\nmac = x\n; end\n"));
  assert.deepEqual(plain(tree.documents[0]!).at(-1), section("s", str("k", "v")));
  assert.deepEqual(plain(metadata!), ["map", str("mac", "x")]);
});

const notRead: readonly (readonly [what: string, text: string | Uint8Array])[] = [
  ["a line without =", "[s]\nk\n"],
  ["a section without ]", "[s\nk = v\n"],
  ["a section without a name", "[]\nk = v\n"],
  ["a key without a name", "[s]\n= v\n"],
  ["an empty quoted key", '[s]\n"" = v\n'],
  ["a key without its quote", '[s]\n"a = v\n'],
  ["a value without its quote", '[s]\nk = """a\nb\n'],
  ["UTF-16", bytesOf("\xff\xfe[\0s\0]\0")],
  ["a name that is no UTF-8", bytesOf("[s]\n\xfc = v\n")],
  ["a comment that is no UTF-8", bytesOf("[s]\n; \xfc\nk = v\n")],
];
for (const [what, source] of notRead) {
  Deno.test(`INI is not read: ${what}`, () => assert.throws(() => read(source), FormatError));
}

Deno.test("INI: bytes that are no UTF-8 are kept in values", () => {
  const bytes = bytesOf("[s]\nk = M\xfcller\n");
  assert.deepEqual(read(bytes), [section("s", [["str", "k"], ["bytes", "M\xfcller"]])]);
  assert.deepEqual(iniStore.emit(iniStore.parsePlain!(bytes)), bytes);
});

const quoted: readonly (readonly [value: string, written: string])[] = [
  ["", ""],
  ["a b", "a b"],
  ["a=b", "a=b"],
  [" a", '" a"'],
  ["a;b", "`a;b`"],
  ["a\nb", '"""a\nb"""'],
  ["a`b", '"""a`b"""'],
  ["é", "é"],
  // SOPS writes these in a way that it reads back as something else.
  ["C:\\", "`C:\\`"],
  ['"a"', '`"a"`'],
  ["'a'", "`'a'`"],
  ['"""a', '`"""a`'],
  [' a"b ', '` a"b `'],
  ["a\n`b`", '"""a\n`b`"""'],
  ["`a`;b", '"""`a`;b"""'],
];
for (const [value, written] of quoted) {
  Deno.test(`INI: how ${JSON.stringify(value)} is written`, () => {
    const line = write([section("s", str("k", value))]);
    assert.equal(line, `[s]\nk = ${written}\n`);
    assert.deepEqual(read(line), [section("s", str("k", value))]);
  });
}

const quotedKeys: readonly (readonly [key: string, written: string])[] = [
  ["a b", "a b"],
  ["a=b", "`a=b`"],
  ["a:b", "`a:b`"],
  ['a"b', '`a"b`'],
  ["a`b", '"""a`b"""'],
  ["#1", "`#1`"],
  [";a", "`;a`"],
  ["[a]", "`[a]`"],
];
for (const [key, written] of quotedKeys) {
  Deno.test(`INI: how the key ${key} is written`, () => {
    const line = write([section("s", str(key, "v"))]);
    assert.equal(line, `[s]\n${written} = v\n`);
    assert.deepEqual(read(line), [section("s", str(key, "v"))]);
  });
}

const unholdable: readonly (readonly [what: string, sections: Plain[]])[] = [
  ["a value outside of a section", [str("k", "v")]],
  ["a list", [section("s", [["str", "k"], ["seq"]])]],
  ["a mapping below a section", [section("s", section("t"))]],
  ["null", [section("s", [["str", "k"], ["null"]])]],
  ["a section without a name", [section("", str("k", "v"))]],
  ["a section with a line break", [section("a\nb", str("k", "v"))]],
  ["a key without a name", [section("s", str("", "v"))]],
  ["a key with a line break", [section("s", str("a\nb", "v"))]],
  ["a key with space around", [section("s", str(" a", "v"))]],
  ["a key that counts", [section("s", str("-", "v"))]],
  ["a key of all quotes", [section("s", str('"""a`', "v"))]],
  ["a value of all quotes", [section("s", str("k", '`"""\nx'))]],
];
for (const [what, sections] of unholdable) {
  Deno.test(`INI does not hold ${what}`, () => {
    assert.throws(() => write(sections), UnholdableError);
  });
}

Deno.test("INI: whatever is written is read back as it was", () => {
  const word = fc.string({
    unit: fc.constantFrom(..."a b\\\n\r\t\"'`#;=:[]é\u00a0"),
    maxLength: 7,
  });
  const any = fc.array(fc.tuple(word, fc.array(fc.tuple(word, word), { maxLength: 3 })), {
    maxLength: 3,
  });
  let held = 0;
  fc.assert(
    fc.property(any, (sections) => {
      const tree = sections.map(([name, keys]) => {
        const unique = new Map(keys);
        return section(name, ...[...unique].map(([key, value]) => str(key, value)));
      });
      let written: string;
      try {
        written = write(tree);
      } catch (error) {
        assert.ok(error instanceof UnholdableError);
        return;
      }
      held++;
      const [first] = tree as [Plain?];
      const expected = (first?.[0] as Plain)?.[1] === "DEFAULT" ? tree.slice(1) : tree;
      assert.deepEqual(read(written), expected);
    }),
    { numRuns: 2000 },
  );
  assert.ok(held > 300);
});

Deno.test("INI: metadata is a section", () => {
  const metadata: Plain = [
    "map",
    [["str", "age"], ["seq", ["map", str("enc", "a\nb\n"), str("recipient", "age1x")]]],
    str("encrypted_regex", "a;b"),
    [["str", "mac_only_encrypted"], ["bool", "True"]],
  ];
  const written = write([section("s", str("k", "v"))], metadata);
  assert.equal(
    written,
    "[s]\nk = v\n\n[sops]\nage__list_0__map_enc       = a\\nb\\n\n" +
      "age__list_0__map_recipient = age1x\nencrypted_regex            = `a;b`\n" +
      "mac_only_encrypted         = true\n",
  );
  assert.deepEqual(plain(iniStore.parse(utf8.encode(written)).metadata!), [
    "map",
    metadata[1],
    metadata[2],
    str("mac_only_encrypted", "true"),
  ]);
});
