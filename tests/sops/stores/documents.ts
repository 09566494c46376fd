import fc from "fast-check";
import type { Plain } from "./plain.ts";

/** Strings that a writer has to think about, besides random ones. */
const strings = [
  "",
  " ",
  "a",
  "yes",
  "null",
  "~",
  "017",
  "0x1F",
  "1_000",
  "1:30",
  "1e3",
  "2026-11-22",
  "2026-11-22 10:00:00",
  ".inf",
  "<<",
  "=",
  "- a",
  "-a",
  "? a",
  "a: b",
  "a:",
  ":a",
  "a #b",
  "#a",
  "a#b",
  "'",
  '"',
  "\\",
  "it's",
  "%a",
  "@a",
  "`a",
  "[a]",
  "{a}",
  "a, b",
  "|",
  ">",
  "&a",
  "*a",
  "!a",
  "---",
  "--- a",
  "...",
  "a\tb",
  "a\n",
  "a\nb",
  "a\n\n",
  "a\n\nb\n",
  "a\n b\n",
  "a \nb",
  "a\nb ",
  "a\n\tb",
  "\x00",
  "\x07\x1b",
  "\x7f",
  "\x85",
  "a\xa0b",
  "\u3000",
  "\ufeffa",
  "a\ufeff",
  "é",
  "日本語",
  "😀",
  "\ufffd",
  "x".repeat(129),
  "word ".repeat(60),
  "word ".repeat(60).trim(),
  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n",
];

const anyString = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...strings) },
  { weight: 2, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom("a", " ", "\n", "#", ":", "-", "'", '"', "é"), {
      maxLength: 8,
    }).map((parts) => parts.join("")),
  },
).filter((text) =>
  // Two literals that SOPS writes and does not read back, and line separators; they have tests
  // of their own.
  text.isWellFormed() && !/[\u2028\u2029]/.test(text) &&
  !(text.includes("\n") && /^[ \t\n]/.test(text))
);

const scalar: fc.Arbitrary<Plain> = fc.oneof(
  { weight: 6, arbitrary: anyString.map((text) => ["str", text]) },
  { weight: 1, arbitrary: fc.integer().map((value) => ["int", String(value)]) },
  { weight: 1, arbitrary: fc.constantFrom<Plain>(["bool", "True"], ["bool", "False"], ["null"]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("0.5", "1500000.5", "0.00001", "-2.25").map((v) => ["float", v]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("2026-11-22T00:00:00Z", "2001-12-14T21:59:43.1-05:00").map((
      v,
    ) => ["time", v]),
  },
);

const { node } = fc.letrec<{ node: Plain; map: Plain; seq: Plain }>((tie) => ({
  node: fc.oneof({ maxDepth: 4, depthIdentifier: "tree" }, scalar, scalar, tie("map"), tie("seq")),
  map: mapping(tie("node"), { maxLength: 4 }),
  seq: fc.array(tie("node"), { maxLength: 4 }).map((items) => ["seq", ...items]),
}));

function mapping(value: fc.Arbitrary<Plain>, size: { minLength?: number; maxLength: number }) {
  return fc.uniqueArray(
    fc.tuple(anyString.filter((key) => key !== "<<" && key !== "sops"), value),
    {
      ...size,
      selector: ([key]) => key,
    },
  ).map((pairs): Plain => ["map", ...pairs.map(([key, inner]) => [["str", key], inner])]);
}

/** Trees of one document, in the words of `plain.ts`. */
export const trees: fc.Arbitrary<Plain> = mapping(node, { minLength: 1, maxLength: 5 });

const plainText = [
  ...["1", "x", "'q'", '"d"', "true", "~", "", "x y", "'q''s'", '"d\\n\\u00e9"', "017", "0x1F"],
  ...["1_000", "1:30", "yes", "2001-1-2", "1e3", ".5", "-.inf", "a#b", "é", "http://x?y=1#z"],
  ...["[a, b]", "{a: 1, b: 2}", "[]", "{}", "[a: b]", "!!str 1", "!!float 3", "!!binary aGk="],
  ...["-0", "+5", "0b-11", "'a # b'", "|\n          lit\n           x", "|-\n          lit"],
  ...[">\n          fold\n          ed"],
];

/**
 * Documents as people write them: any indentation, lists at the column of their key, empty lines,
 * and comments everywhere.
 *
 * @param pick a number from 0 to below its argument
 */
export function handWritten(pick: (below: number) => number): string {
  const lines: string[] = [];
  const one = <T>(choices: readonly T[]) => choices[pick(choices.length)] as T;
  const comments = (column: number) => {
    const kind = pick(10);
    if (kind >= 3 && kind < 5) lines.push("");
    if (kind >= 3) return;
    for (let count = 1 + pick(2); count > 0; count--) {
      const at = one([column, column, column, column, 0, column + 2, Math.max(0, column - 2)]);
      lines.push(`${" ".repeat(at)}#${one([" c", "c", "", " two words"])}${pick(100)}`);
    }
  };
  const behind = () => pick(5) === 0 ? `${one([" ", "  "])}# i${pick(100)}` : "";
  const entries = (column: number, depth: number, list: boolean, first?: string) => {
    const count = 1 + pick(3);
    for (let at = 0; at < count; at++) {
      const inline = at === 0 && first !== undefined;
      if (!inline) {
        comments(column);
        if (pick(3) === 0) comments(column);
      }
      const before = inline ? first : " ".repeat(column);
      value(
        column,
        depth,
        before + (list ? "-" : `${one(["a", "b", "key", "a key"])}${at}:`),
        list,
      );
    }
  };
  const value = (column: number, depth: number, before: string, inList: boolean) => {
    const kind = depth > 3 ? 0 : pick(10);
    if (kind < 6) {
      const any = one(plainText);
      // A block has to be deeper than what it is in.
      const text = any.includes("\n") && before.length - before.trimStart().length > 6 ? "x" : any;
      lines.push(before + (text ? ` ${text}` : "") + (text.includes("\n") ? "" : behind()));
      return;
    }
    const list = kind >= 8;
    if (inList && pick(2)) return entries(before.length + 1, depth + 1, list, `${before} `);
    lines.push(before + behind());
    const deeper = column + (list && !inList ? one([0, 2, 4]) : one([2, 4]));
    comments(deeper);
    entries(deeper, depth + 1, list);
  };
  comments(0);
  entries(0, 0, false);
  comments(0);
  return `${lines.join("\n")}\n`;
}
