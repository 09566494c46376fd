import { byteLength } from "../flat/text.ts";
import { defaultSection, type IniSection, readPair, trimSpace } from "./read.ts";

/** A key or value that no way of quoting brings back. */
export class UnquotableError extends Error {
  override name = "UnquotableError";
  constructor(readonly section: string, readonly key: string, readonly part: "key" | "value") {
    super(`no quotes hold that ${part}`);
  }
}

/**
 * Writes INI as the library does that SOPS uses: aligned, a blank line between sections, quotes where
 * it puts them. Where its quotes would read back as something else (a value with a backslash at its
 * end, a key that begins with "#"), others are taken that do read back, there too.
 *
 * @throws {UnquotableError}
 * @see gopkg.in/ini.v1 file.go, writeToBuffer
 */
export function writeIni(sections: readonly IniSection[]): string {
  const out: string[] = [];
  for (const [index, { name, comment, keys }] of sections.entries()) {
    if (comment !== "") out.push(sectionComment(comment));
    if (index > 0 || name !== defaultSection) out.push(`[${name}]\n`);
    else if (keys.length === 0) continue;
    const names = keys.map((key) => quotedKey(name, key.name));
    const widths = names.map(byteLength);
    const width = widths.reduce((most, each) => Math.max(most, each), 0);
    for (const [at, key] of keys.entries()) {
      if (key.comment !== "") out.push(keyComment(key.comment));
      out.push(names[at]!, " ".repeat(width - widths[at]!), " = ");
      out.push(quotedValue(name, key.name, key.value), "\n");
    }
    if (index < sections.length - 1) out.push("\n");
  }
  return out.join("");
}

function sectionComment(comment: string): string {
  return lines(comment, (line) => `; ${line}`);
}

function keyComment(comment: string): string {
  return lines(comment, (line) => `; ${trimSpace(line)}`);
}

function lines(comment: string, plain: (line: string) => string): string {
  return comment.split("\n").map((line) => {
    // The library ends in a panic at an empty line.
    if (line === "") return ";\n";
    return /^[#;]/.test(line)
      ? `${line.charAt(0)} ${trimSpace(line.slice(1))}\n`
      : `${plain(line)}\n`;
  }).join("");
}

const plainKey = /^\w[\w.@/+-]*$/;

function quotedKey(section: string, key: string): string {
  if (plainKey.test(key)) return key;
  const usual = /["=:]/.test(key) ? `\`${key}\`` : key.includes("`") ? `"""${key}"""` : key;
  const found = [usual, `\`${key}\``, `"""${key}"""`, `"${key}"`].find((candidate) => {
    const pair = readPair(`${candidate} = x\n`);
    return pair?.name === key && pair.value === "x";
  });
  if (found === undefined) throw new UnquotableError(section, key, "key");
  return found;
}

const plainValue = /^[\w.@/+:,=()[\]{}-](?:[\w.@/+:,=()[\]{} -]*[\w.@/+:,=()[\]{}-])?$/;

function quotedValue(section: string, key: string, value: string): string {
  if (value === "" || plainValue.test(value)) return value;
  const usual = /[\n`]/.test(value)
    ? `"""${value}"""`
    : /[#;]/.test(value)
    ? `\`${value}\``
    : trimSpace(value) !== value
    ? `"${value}"`
    : value;
  const candidates = [usual, `\`${value}\``, `"""${value}"""`, `"${value}"`, `'${value}'`];
  const found = candidates.find((each) => readPair(`k = ${each}\n`)?.value === value);
  if (found === undefined) throw new UnquotableError(section, key, "value");
  return found;
}
