import { FormatError } from "../../tree.ts";
import { EntryCount, Pieces } from "../limits.ts";

/** A key with its value, and the comment lines above it and beside it. */
export interface IniKey {
  readonly name: string;
  readonly value: string;
  readonly comment: string;
}

/** A section; the first one of a file has no header and is called `DEFAULT`. */
export interface IniSection {
  readonly name: string;
  readonly comment: string;
  readonly keys: IniKey[];
}

export const defaultSection = "DEFAULT";

/** What Go's `unicode.IsSpace` holds for space, which is not what JavaScript does. */
const space = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const leading = new RegExp(`^[${space}]+`);
const isSpace = new RegExp(`[${space}]`);

/** Go's `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  return trimRight(trimLeft(text));
}

/** From the end: an expression would begin anew at every space in the middle. */
function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

function trimLeft(text: string): string {
  const code = text.charCodeAt(0);
  return code > 0x20 && code < 0x80 ? text : text.replace(leading, "");
}

/**
 * Reads INI with the rules of the library that SOPS uses: quotes of three kinds, values over several
 * lines, continuation lines, comments above and beside.
 *
 * @param strict whether to refuse what that library reads and SOPS then loses or cuts: values with
 *   "#" or ";" in them, text behind quotes and headers, comments that nothing follows
 * @throws {FormatError} with the line; for a key that stands twice in a section as well
 * @see gopkg.in/ini.v1 parser.go
 */
export function readIni(text: string, strict: boolean): IniSection[] {
  return new IniReader(text, strict).sections();
}

class IniReader {
  #at = 0;
  #line = 0;
  #comment = "";
  #counter = 1;
  readonly #count = new EntryCount("ini");

  constructor(readonly text: string, readonly strict: boolean) {}

  sections(): IniSection[] {
    const sections: IniSection[] = [{ name: defaultSection, comment: "", keys: [] }];
    let names = new Set<string>();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const line = trimLeft(next);
      if (line === "") continue;
      this.#count.add();
      if (isMark(line.charCodeAt(0))) {
        this.#comment += line;
      } else if (line.startsWith("[")) {
        sections.push(this.#header(line));
        names = new Set();
        this.#counter = 1;
      } else {
        const at = this.#line;
        const { name, value } = this.#pair(line);
        if (name === "") throw this.#refuse("a key without a name", at);
        if (names.has(name)) throw this.#refuse("a key that is there already", at);
        names.add(name);
        sections.at(-1)!.keys.push({ name, value, comment: this.#takeComment() });
      }
    }
    if (this.strict && trimSpace(this.#comment) !== "") {
      throw this.#refuse("a comment at the end, which SOPS would drop; it belongs above a key");
    }
    return sections;
  }

  #refuse(reason: string, line = this.#line): FormatError {
    return new FormatError("ini", reason, line);
  }

  /** With its line break. */
  #next(): string | undefined {
    if (this.#at >= this.text.length) return undefined;
    const end = this.text.indexOf("\n", this.#at);
    const line = this.text.slice(this.#at, end < 0 ? undefined : end + 1);
    this.#at += line.length;
    this.#line++;
    return line;
  }

  #takeComment(): string {
    const comment = trimSpace(this.#comment);
    this.#comment = "";
    return comment;
  }

  #header(line: string): IniSection {
    const end = line.lastIndexOf("]");
    if (end < 0) throw this.#refuse('a section without its "]"');
    const name = line.slice(1, end);
    if (name === "") throw this.#refuse("a section without a name");
    this.#rest(line.slice(end + 1));
    return { name, comment: this.#takeComment(), keys: [] };
  }

  /** What follows something that is complete: a comment, and before it nothing. */
  #rest(text: string): void {
    const mark = text.search(/[#;]/);
    const before = mark < 0 ? text : text.slice(0, mark);
    if (this.strict && trimSpace(before) !== "") throw this.#refuse("text that SOPS would drop");
    if (mark >= 0) this.#comment += text.slice(mark);
  }

  #pair(line: string): { name: string; value: string } {
    const quote = line.startsWith('"""') && line.length > 6 ? '"""' : /^["`]/.exec(line)?.[0];
    let name: string;
    let end: number;
    if (quote) {
      const close = line.indexOf(quote, quote.length);
      if (close < 0) throw this.#refuse("a key without its closing quote");
      name = line.slice(quote.length, close);
      const from = close + quote.length;
      const delimiter = line.slice(from).search(/[=:]/);
      if (delimiter < 0) throw this.#refuse('a line without "=" or ":"');
      if (this.strict && trimSpace(line.slice(from, from + delimiter)) !== "") {
        throw this.#refuse("text that SOPS would drop");
      }
      end = from + delimiter;
    } else {
      end = line.search(/[=:]/);
      if (end < 0) throw this.#refuse('a line without "=" or ":"');
      name = line.slice(0, end);
    }
    name = trimSpace(name);
    if (name === "-") name = `#${this.#counter++}`;
    return { name, value: this.#value(trimLeft(line.slice(end + 1))) };
  }

  #value(line: string): string {
    if (line === "") return "";
    const quote = line.startsWith('"""') && line.length > 3
      ? '"""'
      : line.startsWith("`")
      ? "`"
      : undefined;
    if (quote) {
      const body = line.slice(quote.length);
      const close = body.lastIndexOf(quote);
      if (close < 0) return this.#multiline(body, quote);
      const behind = body.slice(close + quote.length);
      // The library drops it, even where it is a comment.
      if (this.strict && trimSpace(behind) !== "") {
        throw this.#refuse("text behind a closing quote");
      }
      return body.slice(0, close);
    }
    const value = trimRight(line);
    if (value.endsWith("\\")) return this.#continued(value.slice(0, -1));
    const mark = value.search(/[#;]/);
    const kept = mark < 0 ? value : trimRight(value.slice(0, mark));
    if (mark >= 0) {
      if (this.strict && isCut(value.slice(0, mark))) {
        throw this.#refuse(
          `a "${
            value.charAt(mark)
          }" in a value, which SOPS cuts there; put the value into backquotes`,
        );
      }
      this.#comment += value.slice(mark);
    }
    return isQuoted(kept, "'") || isQuoted(kept, '"') ? kept.slice(1, -1) : kept;
  }

  #multiline(body: string, quote: string): string {
    const from = this.#line;
    const value = new Pieces();
    value.put(body);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const close = next.lastIndexOf(quote);
      const behind = close < 0 ? "" : next.slice(close + quote.length);
      if (close < 0 || trimSpace(behind.replace(/[\r\n]+$/, "")).endsWith("\\")) {
        value.put(next);
        continue;
      }
      const comment = next.slice(close).search(/[#;]/);
      this.#rest(behind);
      // The library trims this one alone.
      if (comment >= 0) this.#comment = trimRight(this.#comment);
      value.put(next.slice(0, close));
      return value.text();
    }
    throw this.#refuse("a value without its closing quote", from);
  }

  #continued(first: string): string {
    const value = new Pieces();
    value.put(first);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const more = trimSpace(next);
      const goesOn = more.endsWith("\\");
      value.put(goesOn ? more.slice(0, -1) : more);
      if (!goesOn) break;
    }
    return value.text();
  }
}

const isMark = (code: number) => code === 0x23 || code === 0x3b;

/** Quotes around a text that has no more of them. */
function isQuoted(text: string, quote: string): boolean {
  return text.length >= 2 && text.startsWith(quote) && text.indexOf(quote, 1) === text.length - 1;
}

/** Whether what stands before a "#" or ";" looks like the beginning of a value that goes on. */
function isCut(before: string): boolean {
  const value = trimSpace(before);
  if (value === "" || value === before) return true;
  return /^["']/.test(value) && !isQuoted(value, value.charAt(0));
}

/** What one line of `key = value` is read as; nothing where it is not one whole pair. */
export function readPair(lines: string): { name: string; value: string } | undefined {
  try {
    // A line below it shows whether the value ends where it should.
    const [section, ...more] = readIni(`${lines}zz=zz\n`, true);
    const [pair, end, ...others] = section!.keys;
    if (more.length > 0 || others.length > 0 || !pair || end?.value !== "zz") return undefined;
    return pair.comment === "" && end.comment === "" ? pair : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
