import fc from "fast-check";
import type { SourceDocument } from "./documents.ts";
import { anyString, awkwardStrings } from "./strings.ts";

const oneLine = (text: string) => !/[\n\r]/.test(text);

/** Bytes of other encodings in a text: they are no UTF-8. */
const foreign = fc.constantFrom("M\udcfcller", "\udcff\udcfe", "caf\udce9 \udc80");

const lineOfText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...awkwardStrings).filter(oneLine) },
  { weight: 4, arbitrary: anyString.filter(oneLine) },
  { weight: 1, arbitrary: foreign },
);

const flatKey = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "aws_region",
      "a",
      "b",
      "model_id",
      "PORT_unencrypted",
      "name_clear",
      "é",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("export A", "a b", "a.b", "a-b", "sops", "[x]", '"q"') },
  { weight: 1, arbitrary: lineOfText },
);

const lineEnd = fc.oneof(
  { weight: 9, arbitrary: fc.constant("\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n\n", "\r\n") },
);

const commentText = fc.constantFrom(
  "",
  " a comment",
  "x",
  " é",
  "# two",
  " it's; #late",
  "A=commented out",
  " \t",
);

const dotenvLine = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(flatKey, fc.oneof(lineOfText, fc.constantFrom("x\\ny", "\\\\n", "")))
      .map(([key, value]) => `${key}=${value}`),
  },
  { weight: 2, arbitrary: commentText.map((text) => `#${text}`) },
);

/** A line that sops refuses, once in a while. */
const badLine = fc.constantFrom("no value", " # indented", "sops_x=1", "\udcff=x", "#\udcff");

export const dotenvDocument: fc.Arbitrary<SourceDocument> = fc.tuple(
  fc.array(fc.tuple(dotenvLine, lineEnd), { minLength: 1, maxLength: 7 }),
  fc.oneof({ weight: 14, arbitrary: fc.constant("") }, { weight: 1, arbitrary: badLine }),
  fc.boolean(),
).map(([lines, bad, ended]) => {
  const text = lines.map(([line, end]) => line + end).join("") + (bad && `${bad}\n`);
  return { format: "dotenv" as const, text: ended ? text : text.replace(/\n$/, "") };
});

/** Without what begins a comment. */
const unmarked = lineOfText.filter((text) => !/[#;]/.test(text));

/** A value in one of the ways to write it, not all of which hold it. */
const iniValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: unmarked },
  { weight: 2, arbitrary: unmarked.map((text) => `"${text}"`) },
  { weight: 2, arbitrary: unmarked.map((text) => `'${text}'`) },
  { weight: 1, arbitrary: lineOfText },
  { weight: 2, arbitrary: lineOfText.map((text) => `\`${text}\``) },
  { weight: 1, arbitrary: lineOfText.map((text) => `"""${text}"""`) },
  {
    weight: 2,
    arbitrary: fc.tuple(lineOfText, lineOfText, fc.constantFrom('"""', "`"))
      .map(([one, two, quote]) => `${quote}${one}\n${two}${quote}`),
  },
  { weight: 1, arbitrary: fc.tuple(unmarked, unmarked).map(([a, b]) => `${a}\\\n  ${b}`) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("v", "a b", '"q"', "`b`"), fc.constantFrom(" ; ", " # "))
      .map(([value, mark]) => `${value}${mark}beside`),
  },
);

const iniComment = fc.tuple(fc.constantFrom("#", ";", "  ;"), commentText)
  .map((parts) => parts.join(""));

const iniKey = fc.oneof(
  { weight: 10, arbitrary: flatKey },
  { weight: 1, arbitrary: fc.constantFrom("-", '"a=b"', "`c:d`", '"""e`f"""', "`[g]`", "# h") },
);

const iniLines = fc.tuple(
  fc.array(iniComment, { maxLength: 2, size: "xsmall" }),
  iniKey,
  fc.constantFrom("=", " = ", ":", "   =", "=  "),
  iniValue,
).map(([comments, ...parts]) => [...comments, parts.join("")]);

const iniHeader = fc.tuple(
  fc.constantFrom("s", "t", "default", "DEFAULT", "a.b", "a b", " x ", "é", "a]b", "name_clear"),
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom("", "", "", " ; beside", "# two") },
    { weight: 1, arbitrary: fc.constant(" rest") },
  ),
).map(([name, rest]) => `[${name}]${rest}`);

const iniSection = fc.tuple(
  fc.option(iniHeader, { freq: 6, nil: "; no header" }),
  fc.uniqueArray(iniLines, {
    maxLength: 5,
    selector: (lines) => lines.at(-1)!.split(/[=:]/)[0]!.trim(),
  }),
).map(([header, lines]) => [header, ...lines.flat()]);

export const iniDocument: fc.Arbitrary<SourceDocument> = fc.tuple(
  fc.array(iniSection, { minLength: 1, maxLength: 3 }),
  lineEnd,
  fc.constantFrom("", "", "", "\ufeff"),
).map(([sections, end, mark]) => ({
  format: "ini" as const,
  text: mark + sections.flat().map((line) => line + end).join(""),
}));

export const binaryDocument: fc.Arbitrary<SourceDocument> = fc.oneof(
  anyString,
  fc.uint8Array({ maxLength: 40 }).map((bytes) =>
    Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join("")
  ),
).map((text) => ({ format: "binary" as const, text }));
