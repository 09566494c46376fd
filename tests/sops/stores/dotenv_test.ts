import assert from "node:assert/strict";
import { MetadataError } from "../../../src/sops/errors.ts";
import { dotenvStore } from "../../../src/sops/stores/dotenv.ts";
import { FormatError, UnholdableError } from "../../../src/sops/tree.ts";
import { mappingOf, type Plain, plain } from "./plain.ts";

const utf8 = new TextEncoder();
const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

const str = (key: string, value: string): Plain => [["str", key], ["str", value]];
const comment = (text: string): Plain => ["#", text, false];

function read(text: string | Uint8Array): Plain {
  const bytes = typeof text === "string" ? utf8.encode(text) : text;
  return plain(dotenvStore.parse(bytes).tree.documents[0]!);
}

function write(tree: Plain, metadata?: Plain): string {
  const bytes = dotenvStore.emit(
    { documents: [mappingOf(tree)] },
    metadata && mappingOf(metadata),
  );
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

const texts: readonly (readonly [what: string, text: string, tree: Plain, written?: string])[] = [
  ["nothing", "", ["map"]],
  ["a pair", "A=x\n", ["map", str("A", "x")]],
  ["no line end", "A=x", ["map", str("A", "x")], "A=x\n"],
  ["blank lines", "\nA=x\n\n\nB=y\n", ["map", str("A", "x"), str("B", "y")], "A=x\nB=y\n"],
  ["nothing behind =", "A=\n", ["map", str("A", "")]],
  ["nothing before =", "=x\n", ["map", str("", "x")]],
  ["more than one =", "A=b=c\n", ["map", str("A", "b=c")]],
  ["space around", " A = x \n", ["map", str(" A ", " x ")]],
  ["quotes are part of the value", "A=\"x\"\nB='y'\n", ["map", str("A", '"x"'), str("B", "'y'")]],
  ["a line feed", "A=x\\ny\n", ["map", str("A", "x\ny")]],
  ["other backslashes", "A=\\t\\\\x\\\n", ["map", str("A", "\\t\\\\x\\")]],
  ["a backslash before a line feed", "A=\\\\n\n", ["map", str("A", "\\\n")]],
  ["CR is part of the value", "A=x\r\n", ["map", str("A", "x\r")]],
  ["comments", "# c\n#\nA=x\n#A=y\n", [
    "map",
    comment(" c"),
    comment(""),
    str("A", "x"),
    comment("A=y"),
  ]],
  ["no comment behind a value", "A=x # y\n", ["map", str("A", "x # y")]],
  ["a key twice", "A=x\nA=y\n", ["map", str("A", "x"), str("A", "y")]],
  ["export", "export A=x\n", ["map", str("export A", "x")]],
  ["a byte order mark", "\ufeffA=x\n", ["map", str("\ufeffA", "x")]],
  ["a key that is only sops", "sops=x\n", ["map", str("sops", "x")]],
];
for (const [what, text, tree, written = text] of texts) {
  Deno.test(`dotenv: ${what}`, () => {
    assert.deepEqual(read(text), tree);
    assert.equal(write(tree), written);
  });
}

Deno.test("dotenv: bytes that are no UTF-8 are kept in values", () => {
  const bytes = bytesOf("A=M\xfcller\nB=\xf0\x28\n");
  assert.deepEqual(read(bytes), ["map", [["str", "A"], ["bytes", "M\xfcller"]], [["str", "B"], [
    "bytes",
    "\xf0\x28",
  ]]]);
  assert.deepEqual(dotenvStore.emit(dotenvStore.parse(bytes).tree), bytes);
});

const notRead: readonly (readonly [what: string, text: string, line: number])[] = [
  ["a line without =", "A=x\nB\n", 2],
  ["a comment that does not begin its line", "A=x\n  # c\n", 2],
  ["a blank line with CR", "A=x\r\n\r\nB=y\r\n", 2],
  ["a key that is no UTF-8", "\xfc=x\n", 1],
  ["a comment that is no UTF-8", "#\xfc\n", 1],
];
for (const [what, text, line] of notRead) {
  Deno.test(`dotenv is not read: ${what}`, () => {
    assert.throws(
      () => read(bytesOf(text)),
      (error) => error instanceof FormatError && error.line === line,
    );
  });
}

const values: readonly (readonly [what: string, value: Plain, text: string])[] = [
  ["an int", ["int", "12"], "12"],
  ["a float", ["float", "1.5"], "1.5"],
  ["a whole float", ["float", "1"], "1.0"],
  ["a large float", ["float", "1000000"], "1E+06"],
  ["a small float", ["float", "0.00001"], "1E-05"],
  ["no number", ["float", "NaN"], "NaN"],
  ["infinity", ["float", "+Inf"], "+Inf"],
  ["a bool", ["bool", "True"], "true"],
  ["a time", ["time", "2020-01-02T03:04:05.5+02:00"], "2020-01-02T03:04:05+02:00"],
];
for (const [what, value, text] of values) {
  Deno.test(`dotenv of other formats: ${what}`, () => {
    assert.equal(write(["map", [["str", "A"], value]]), `A=${text}\n`);
  });
}

const unholdable: readonly (readonly [what: string, entry: Plain])[] = [
  ["null", [["str", "A"], ["null"]]],
  ["a mapping", [["str", "A"], ["map"]]],
  ["a list", [["str", "A"], ["seq"]]],
  ["a key with =", str("A=B", "x")],
  ["a key with a line break", str("A\nB", "x")],
  ["a key that would be a comment", str("#A", "x")],
  ["a key that is no string", [["int", "1"], ["str", "x"]]],
];
for (const [what, entry] of unholdable) {
  Deno.test(`dotenv does not hold ${what}`, () => {
    assert.throws(() => write(["map", entry]), UnholdableError);
    assert.throws(() => write(["map", entry], ["map"]), UnholdableError);
  });
}

// Each of them reads back as a string with another MAC, or as another string.
const unholdableSealed: readonly (readonly [what: string, value: Plain])[] = [
  ["a bool", ["bool", "True"]],
  ["a whole float", ["float", "1"]],
  ["a time with a fraction", ["time", "2020-01-02T03:04:05.5Z"]],
  ['a "\\n"', ["str", "C:\\new"]],
];
for (const [what, value] of unholdableSealed) {
  Deno.test(`an encrypted dotenv file does not hold ${what} in plaintext`, () => {
    write(["map", [["str", "A"], value]]);
    assert.throws(() => write(["map", [["str", "A"], value]], ["map"]), UnholdableError);
  });
}

const metadata: Plain = [
  "map",
  [["str", "age"], ["seq", ["map", str("enc", "a\nb\n"), str("recipient", "age1x")], [
    "map",
    str("enc", "c"),
    str("recipient", "age1y"),
  ]]],
  str("lastmodified", "2020-01-02T03:04:05Z"),
  [["str", "mac_only_encrypted"], ["bool", "True"]],
  [["str", "shamir_threshold"], ["int", "2"]],
];
const flat = `A=x
sops_age__list_0__map_enc=a\\nb\\n
sops_age__list_0__map_recipient=age1x
sops_age__list_1__map_enc=c
sops_age__list_1__map_recipient=age1y
sops_lastmodified=2020-01-02T03:04:05Z
sops_mac_only_encrypted=true
sops_shamir_threshold=2
`;

Deno.test("dotenv: metadata is flattened", () => {
  assert.equal(write(["map", str("A", "x")], metadata), flat);
});

Deno.test("dotenv: metadata is read wherever it stands", () => {
  const lines = flat.split("\n");
  const mixed = [...lines.slice(1, 4), lines[0], ...lines.slice(4)].join("\n");
  const { tree, metadata: read } = dotenvStore.parse(utf8.encode(mixed));
  assert.deepEqual(plain(tree.documents[0]!), ["map", str("A", "x")]);
  assert.deepEqual(plain(read!), [
    "map",
    metadata[1],
    metadata[2],
    str("mac_only_encrypted", "true"),
    str("shamir_threshold", "2"),
  ]);
});

const notMetadata: readonly (readonly [what: string, lines: string])[] = [
  ["a name twice", "sops_mac=x\nsops_mac=y\n"],
  ["a value and a mapping", "sops_age=x\nsops_age__map_enc=y\n"],
  ["a list with a gap", "sops_age__list_0=x\nsops_age__list_2=y\n"],
  ["an index that is none", "sops_age__list_x=x\n"],
];
for (const [what, lines] of notMetadata) {
  Deno.test(`dotenv metadata is refused: ${what}`, () => {
    assert.throws(() => dotenvStore.parse(utf8.encode(lines)), MetadataError);
  });
}

Deno.test("dotenv: an index far away takes no room", () => {
  assert.throws(
    () => dotenvStore.parse(utf8.encode("sops_age__list_999999999=x\n")),
    MetadataError,
  );
});
