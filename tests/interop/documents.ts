import fc from "fast-check";
import type { Format } from "../../src/sops/tree.ts";
import { binaryDocument, dotenvDocument, iniDocument } from "./flat_documents.ts";
import { type Options, optionsFor } from "./options.ts";
import { anyKey, anyString } from "./strings.ts";

/** A plaintext document in the text of its format, with the tricks that people and tools write. */
export interface SourceDocument {
  readonly format: Format;
  /** A byte that is no UTF-8 stands there as U+DC80 to U+DCFF. */
  readonly text: string;
  readonly options?: Options;
}

const indentBy = (text: string, spaces: number) => text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));

/** A double-quoted YAML scalar; JSON's escapes are YAML's as well. */
const doubleQuoted = (text: string) =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const isSimple = (text: string) =>
  /^[A-Za-z\u00e0-\u00ff][\w ./+é-]*$/.test(text) && !/\s$/.test(text) &&
  !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text);

const isPrintable = (text: string) => /^[\x20-\x7e\u00a1-\u2027\u202a-\ud7ff]*$/.test(text);

/** A string in one of the styles that can hold it, for a place at the end of a line. */
function stringStyles(text: string): fc.Arbitrary<string> {
  const styles = [doubleQuoted(text)];
  if (isPrintable(text)) styles.push(`'${text.replaceAll("'", "''")}'`);
  if (isSimple(text)) styles.push(text, text, text);
  return fc.constantFrom(...styles);
}

/** Values other than strings, as YAML writes them. */
const yamlPlainValues = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom(
    "true",
    "false",
    "True",
    "FALSE",
    "null",
    "~",
    "",
    "0",
    "-0",
    "017",
    "0o17",
    "0x1F",
    "0b101",
    "1_000",
    "+12",
    "1.0",
    "1.50",
    "-0.0",
    "1e3",
    "1E-7",
    "123456789.123456789",
    ".5",
    "6.",
    "1e21",
    "1e-10",
    "685_230.15",
    "yes",
    "off",
    "y",
    "1:30",
    "190:20:30",
    "12e03",
    "0x",
    "08",
    "09.5",
    "1__2",
    "0.1.2",
    "!!str 12",
    "!!str true",
    '!!int "12"',
    "!!float 12",
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);

interface Styled {
  /** Text that can follow `key: ` or `- `, perhaps with lines below it, not yet indented. */
  readonly inline?: string;
  /** Text on lines of its own below the key. */
  readonly block?: string;
}

const literal = fc.tuple(
  fc.array(fc.stringMatching(/^[a-zA-Z][a-zA-Z #:'"\\$]{0,18}[a-z]$/), {
    minLength: 1,
    maxLength: 4,
  }),
  fc.constantFrom("|", "|-", "|+", ">", ">-"),
).map(([lines, style]): Styled => ({ inline: `${style}\n${indentBy(lines.join("\n"), 2)}` }));

const comment: fc.Arbitrary<string | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(" a comment", "x", ' it\'s: ["#"]', " é", "# #") },
);

/** Whole entries that cannot be put together from parts. */
const wholeEntries = fc.constantFrom(
  "",
  "",
  "",
  "base: &base {k1: x, k2: [1, two]}\nalias: *base\n",
  "word: &word secret\nagain: *word\nlist: [*word, *word]\n",
  "base: &base\n  k1: x\nmerged:\n  <<: *base\n  k3: y\n",
  "day: 2020-01-02\ntime: 2020-01-02T03:04:05.5+02:00\nspaced: 2020-01-02 03:04:05\n",
  "? complex\n: value\n",
  "binary: !!binary aGVsbG8=\n",
  'folded: one\n  two\n  three\nquoted: "one\n  two"\n',
);

const { yamlMapping } = fc.letrec<{ yamlNode: Styled; yamlMapping: string; yamlList: string }>(
  (tie) => ({
    yamlNode: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 5, arbitrary: anyString.chain(stringStyles).map((inline) => ({ inline })) },
      { weight: 3, arbitrary: yamlPlainValues.map((inline) => ({ inline })) },
      { weight: 1, arbitrary: literal },
      {
        weight: 1,
        arbitrary: fc.constantFrom("{}", "[]", "[a, 1, true]", "{a: 1, 'b c': [x]}")
          .map((inline) => ({ inline })),
      },
      { weight: 2, arbitrary: tie("yamlMapping").map((block) => ({ block })) },
      { weight: 2, arbitrary: tie("yamlList").map((block) => ({ block })) },
    ),
    yamlMapping: fc.uniqueArray(
      fc.tuple(anyKey, fc.boolean(), tie("yamlNode"), comment, comment),
      { minLength: 1, maxLength: 5, selector: ([key]) => key },
    ).map((entries) =>
      entries.map(([key, plain, value, above, beside]) => {
        const name = plain && isSimple(key) ? key : doubleQuoted(key);
        const head = above === undefined ? "" : `#${above}\n`;
        const besideText = beside === undefined || /\n|^\[/.test(value.inline ?? "")
          ? ""
          : ` #${beside}`;
        return value.block === undefined
          ? `${head}${name}: ${value.inline}${besideText}`
          : `${head}${name}:${besideText}\n${indentBy(value.block, 2)}`;
      }).join("\n")
    ),
    // No comments in lists, nor where sops puts them into one: 3.13.2 cannot decrypt those that it
    // encrypts (getsops/sops#2243).
    yamlList: fc.array(tie("yamlNode"), { minLength: 1, maxLength: 4 }).map((items) =>
      items.map((value) =>
        value.block === undefined
          ? `- ${value.inline}`
          : `-\n${indentBy(value.block.replace(/^(#.*\n)+/, ""), 2)}`
      ).join("\n")
    ),
  }),
);

const yamlDocument: fc.Arbitrary<SourceDocument> = fc.tuple(
  fc.array(yamlMapping, { minLength: 1, maxLength: 2, size: "small" }),
  wholeEntries,
  fc.constantFrom("", "---\n", "# head\n", "\n\n"),
  fc.constantFrom("\n", "", "\n\n", "\n# tail\n"),
  fc.boolean(),
).map(([documents, whole, head, tail, crlf]) => {
  const text = `${head}${whole}${documents.join("\n---\n")}${tail}`;
  return {
    format: "yaml" as const,
    text: crlf && head === "" ? text.replaceAll("\n", "\r\n") : text,
  };
});

const jsonNumber = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom("0", "-0", "1.0", "1e3", "1E+2", "1.5e-7", "123456789.125", "-0.0", "1e21"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each)),
);

/** A JSON string with some characters written as escapes. */
const jsonString = fc.tuple(anyString, fc.boolean()).map(([text, escape]) =>
  escape
    ? JSON.stringify(text).replaceAll(
      /[^\x20-\x7e]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    : JSON.stringify(text)
);

const { jsonObject } = fc.letrec<{ jsonNode: string; jsonObject: string; jsonArray: string }>(
  (tie) => ({
    jsonNode: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: jsonString },
      { weight: 2, arbitrary: jsonNumber },
      { weight: 1, arbitrary: fc.constantFrom("true", "false", "null", "{}", "[]") },
      { weight: 2, arbitrary: tie("jsonObject") },
      { weight: 1, arbitrary: tie("jsonArray") },
    ),
    jsonObject: fc.tuple(
      fc.uniqueArray(fc.tuple(anyKey, tie("jsonNode")), {
        minLength: 1,
        maxLength: 5,
        selector: ([key]) => key,
      }),
      fc.constantFrom("", " ", "\n  "),
    ).map(([entries, space]) =>
      `{${
        entries.map(([key, value]) => `${space}${JSON.stringify(key)}:${space}${value}`)
      }${space}}`
    ),
    jsonArray: fc.array(tie("jsonNode"), { maxLength: 4 }).map((items) => `[${items.join(", ")}]`),
  }),
);

const jsonDocument: fc.Arbitrary<SourceDocument> = jsonObject.map((text) => ({
  format: "json" as const,
  text,
}));

/** Documents of all formats with options of all kinds. */
export const anyDocument: fc.Arbitrary<SourceDocument> = fc.oneof(
  { weight: 6, arbitrary: yamlDocument },
  { weight: 3, arbitrary: jsonDocument },
  { weight: 3, arbitrary: dotenvDocument },
  { weight: 4, arbitrary: iniDocument },
  { weight: 1, arbitrary: binaryDocument },
).chain((document) =>
  optionsFor(document.format).map((options) => options ? { ...document, options } : document)
);
