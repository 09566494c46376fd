import {
  Comment,
  type Mapping,
  type Node,
  type Pair,
  type Scalar,
  type Sequence,
  UnholdableError,
} from "../../tree.ts";
import { InlineComment } from "../comments.ts";
import { yamlFloat } from "../numbers.ts";
import { Sink } from "../sink.ts";
import { isBreak, isPrintable, type Style, styleOf } from "./style.ts";

/** Collections in one another; more is refused, both ways. */
export const deepest = 1000;

/**
 * Writes YAML as go-yaml does when SOPS drives it, with all its peculiarities: the comments wait
 * in `head`, `line`, `foot` and `tail` until the next thing that writes them, which need not be
 * the thing that they were handed in with.
 *
 * @see go-yaml v3 emitterc.go, encode.go; getsops/sops stores/yaml/store.go
 */
export class YamlWriter {
  readonly #sink: Sink;
  #column = 0;
  #indent = -1;
  #depth = 0;
  #whitespace = true;
  #indention = true;
  #footIndent = -1;
  #head: readonly string[] = [];
  #line: readonly string[] = [];
  #foot: readonly string[] = [];
  #tail: readonly string[] = [];
  #keyLine: readonly string[] = [];

  /**
   * @param step spaces a level, 2 to 9
   * @param expected how many bytes it will be, roughly
   */
  constructor(readonly step: number, expected = 0) {
    this.#sink = new Sink("yaml", expected);
  }

  /** All that was written. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#sink.bytes();
  }

  /**
   * Writes one document.
   * @param separate whether `---` goes before it
   */
  document(root: Node, separate: boolean): void {
    if (separate) {
      this.#writeIndent();
      this.#indicator("---", true, false, false);
      this.#writeIndent();
    }
    this.#start(root, []);
    this.#processHead();
    this.#node(root, false);
    this.#processLine();
    this.#processFoot();
    this.#content(root, false);
    this.#footIndent = 0;
    this.#processFoot();
    this.#footIndent = -1;
    this.#writeIndent();
  }

  /** What go-yaml does when it meets the start of a node: its comments begin to wait. */
  #start(node: Node, head: readonly string[], line: readonly string[] = []): void {
    if (node.kind === "mapping") this.#wait({ head: [...head, ...leading(node.entries)] });
    else if (node.kind === "sequence") this.#wait({ head: [...head, ...leading(node.items)] });
    else this.#wait({ head, line });
  }

  #wait(
    comments: Partial<Record<"head" | "line" | "foot" | "tail", readonly string[]>>,
  ): void {
    if (comments.head?.length) this.#head = comments.head;
    if (comments.line?.length) this.#line = comments.line;
    if (comments.foot?.length) this.#foot = comments.foot;
    if (comments.tail?.length) this.#tail = comments.tail;
  }

  /** Writes a scalar; of a collection nothing yet. */
  #node(node: Node, inSequence: boolean): void {
    if (node.kind === "scalar") this.#scalar(node, inSequence);
    else if (node.kind === "null") this.#padded("null");
  }

  /** What is in a collection. */
  #content(
    node: Node,
    inSequence: boolean,
    line: readonly string[] = [],
    foot: readonly string[] = [],
  ) {
    if (node.kind !== "mapping" && node.kind !== "sequence") return;
    if (++this.#depth > deepest) {
      throw new UnholdableError("yaml", [], `more than ${deepest} levels`);
    }
    const outer = this.#indent;
    const empty = node.kind === "mapping"
      ? !node.entries.some((entry) => !(entry instanceof Comment))
      : !node.items.some((item) => !(item instanceof Comment));
    if (empty) {
      this.#indicator(node.kind === "mapping" ? "{" : "[", true, true, false);
      this.#indent = this.#deeper(inSequence, true);
      this.#wait({ line, foot });
      if (node.kind === "mapping") this.#processHead();
      this.#indent = outer;
      if (node.kind === "sequence" && this.#column === 0) this.#writeIndent();
      this.#indicator(node.kind === "mapping" ? "}" : "]", false, false, false);
      this.#processLine();
      this.#processFoot();
    } else {
      this.#indent = this.#deeper(inSequence, false);
      if (node.kind === "mapping") this.#mapping(node, line, foot);
      else this.#sequence(node, line, foot);
      this.#indent = outer;
    }
    this.#depth--;
  }

  #mapping(node: Mapping, line: readonly string[], foot: readonly string[]): void {
    let head: string[] = [];
    let inline: string[] = [];
    let first = true;
    for (const entry of node.entries) {
      if (entry instanceof Comment) {
        (entry instanceof InlineComment ? inline : head).push(...commentLines(entry));
        continue;
      }
      this.#wait({ head: first ? [] : head });
      first = false;
      this.#key(entry);
      this.#start(entry.value, [], inline);
      this.#value(entry.value, inline);
      head = [];
      inline = [];
    }
    this.#wait({ tail: [...head, ...inline], line, foot });
    this.#processHead();
  }

  #sequence(node: Sequence, line: readonly string[], foot: readonly string[]): void {
    let head: string[] = [];
    let inline: string[] = [];
    let first = true;
    const last = node.items.findLastIndex((item) => !(item instanceof Comment));
    const trailing = node.items.slice(last + 1).filter((item) => item instanceof Comment);
    const ending = [
      ...trailing.filter((comment) => !(comment instanceof InlineComment)),
      ...trailing.filter((comment) => comment instanceof InlineComment),
    ].flatMap(commentLines);
    for (const [at, item] of node.items.entries()) {
      if (at > last) break;
      if (item instanceof Comment) {
        (item instanceof InlineComment ? inline : head).push(...commentLines(item));
        continue;
      }
      const itsFoot = at === last ? ending : [];
      const scalar = item.kind === "scalar" || item.kind === "null";
      this.#start(item, first ? [] : head, inline);
      if (scalar) this.#wait({ foot: itsFoot });
      first = false;
      this.#processHead();
      this.#writeIndent();
      this.#indicator("-", true, false, true);
      this.#node(item, true);
      this.#processLine();
      this.#processFoot();
      this.#content(item, true, inline, itsFoot);
      head = [];
      inline = [];
    }
    this.#wait({ line, foot });
  }

  #key({ key, keyType: type, value }: Pair): void {
    this.#processHead();
    this.#writeIndent();
    if (this.#line.length > 0) {
      this.#keyLine = this.#line;
      this.#line = [];
    }
    const outer = this.#indent;
    const plain = type !== undefined && type !== "bytes" ? typedText(type, key) : undefined;
    const { style, multiline, tag } = plain !== undefined
      ? { style: "plain" as const, multiline: false, tag: undefined }
      : key === "<<" && !merges(value)
      ? { style: "double" as const, multiline: false, tag: undefined }
      : styleOf(key);
    const length = (tag?.length ?? 0) + utf8Length(plain ?? key);
    const simple = !multiline && length <= 128;
    if (!simple) this.#indicator("?", true, false, true);
    if (tag) this.#padded(tag);
    this.#indent = this.#deeper(false, true);
    this.#styled(plain ?? key, style, outer);
    this.#indent = outer;
    if (simple) {
      this.#indicator(":", false, false, false);
    } else {
      this.#writeIndent();
      this.#indicator(":", true, false, true);
    }
  }

  #value(value: Node, line: readonly string[]): void {
    if (this.#keyLine.length > 0) {
      if (value.kind === "scalar" || value.kind === "null") {
        if (this.#line.length === 0) {
          this.#line = this.#keyLine;
          this.#keyLine = [];
        }
      } else {
        [this.#line, this.#keyLine] = [this.#keyLine, this.#line];
        this.#processLine();
        [this.#line, this.#keyLine] = [this.#keyLine, this.#line];
      }
    }
    this.#node(value, false);
    this.#processLine();
    this.#processFoot();
    this.#content(value, false, line);
  }

  #deeper(inSequence: boolean, flow: boolean): number {
    if (this.#indent < 0) return flow ? this.step : 0;
    if (inSequence) return this.#indent + 2;
    return this.step * Math.floor((this.#indent + this.step) / this.step);
  }

  #scalar(node: Scalar, inSequence: boolean): void {
    const outer = this.#indent;
    const text = node.reveal();
    const string = node.type === "str" ? text : node.type === "bytes" ? utf8(text) : undefined;
    if (string !== undefined) {
      const { style, tag } = styleOf(string);
      if (tag) this.#padded(tag);
      this.#indent = this.#deeper(inSequence, true);
      this.#styled(string, style, outer);
    } else if (node.type === "bytes") {
      this.#padded("!!binary");
      this.#indent = this.#deeper(inSequence, true);
      const encoded = base64Lines(text);
      this.#styled(encoded, encoded.includes("\n") ? "literal" : "plain", outer);
    } else {
      this.#padded(typedText(node.type, text));
    }
    this.#indent = outer;
  }

  #styled(text: string, style: Style, outer: number): void {
    if (style === "plain") this.#padded(text);
    else if (style === "single") this.#single(text);
    else if (style === "double" || !this.#literalReadsBack(text, outer)) this.#double(text);
    else this.#literal(text);
  }

  /**
   * Two literals are written by SOPS so that it reads something else afterwards, or nothing: a
   * first line that begins with a tab, and an indentation indicator in a list, which counts from
   * another column than the text is put at. Those become double-quoted.
   */
  #literalReadsBack(text: string, outer: number): boolean {
    if (text.startsWith("\t")) return false;
    const hinted = text.startsWith(" ") || isBreak(text.charCodeAt(0));
    if (!hinted || this.#indent - Math.max(outer, 0) === this.step) return true;
    return /^\n+$/.test(text);
  }

  #padded(text: string): void {
    if (text.length > 0 && !this.#whitespace) this.#put(" ");
    this.#put(text);
    if (text.length > 0) this.#whitespace = false;
    this.#indention = false;
  }

  #single(text: string): void {
    this.#indicator("'", true, false, false);
    this.#broken(text.replaceAll("'", "''"));
    this.#indicator("'", false, false, false);
    this.#whitespace = false;
    this.#indention = false;
  }

  #literal(text: string): void {
    this.#indicator("|", true, false, false);
    const first = text.charCodeAt(0);
    if (first === 0x20 || isBreak(first)) {
      this.#indicator(String(this.step), false, false, false);
    }
    const last = text.length - 1;
    if (!isBreak(text.charCodeAt(last))) this.#indicator("-", false, false, false);
    else if (last === 0 || isBreak(text.charCodeAt(last - 1))) {
      this.#indicator("+", false, false, false);
    }
    if (this.#line.length > 0) this.#processLine();
    else this.#break("\n");
    this.#whitespace = true;
    this.#broken(text, true);
  }

  /** Text with line breaks, each line indented. */
  #broken(text: string, broken = false): void {
    let from = 0;
    for (let at = 0; at <= text.length; at++) {
      const code = text.charCodeAt(at);
      if (at < text.length && !isBreak(code)) continue;
      if (at > from) {
        if (broken) this.#writeIndent();
        this.#put(text.slice(from, at));
        this.#indention = false;
        broken = false;
      }
      if (at < text.length) {
        this.#break(text.charAt(at));
        broken = true;
      }
      from = at + 1;
    }
  }

  #double(text: string): void {
    this.#indicator('"', true, false, false);
    // go-yaml takes every character for a byte order mark when the first one is.
    const all = text.charCodeAt(0) === 0xfeff;
    let from = 0;
    let out = "";
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (!all && code !== 0x22 && code !== 0x5c && isPrintable(code) && !isBreak(code)) continue;
      out += text.slice(from, at) + escape(text.codePointAt(at) ?? code);
      if (code >= 0xd800 && code < 0xdc00) at++;
      from = at + 1;
    }
    this.#put(out + text.slice(from));
    this.#indicator('"', false, false, false);
    this.#whitespace = false;
    this.#indention = false;
  }

  #processHead(): void {
    if (this.#tail.length > 0) {
      this.#writeIndent();
      this.#comment(this.#tail);
      this.#tail = [];
      this.#footIndent = Math.max(this.#indent, 0);
    }
    if (this.#head.length === 0) return;
    this.#writeIndent();
    this.#comment(this.#head);
    this.#head = [];
  }

  #processLine(): void {
    if (this.#line.length === 0) return;
    if (!this.#whitespace) this.#put(" ");
    this.#comment(this.#line);
    this.#line = [];
  }

  #processFoot(): void {
    if (this.#foot.length === 0) return;
    this.#writeIndent();
    this.#comment(this.#foot);
    this.#foot = [];
    this.#footIndent = Math.max(this.#indent, 0);
  }

  #comment(lines: readonly string[]): void {
    for (const [at, line] of lines.entries()) {
      if (at > 0) this.#writeIndent();
      this.#put(line);
      this.#indention = false;
      this.#break("\n");
    }
    this.#whitespace = true;
  }

  #put(text: string): void {
    this.#sink.put(text);
    this.#column += text.length;
  }

  #break(char: string): void {
    this.#sink.put(char);
    this.#column = 0;
    this.#indention = true;
  }

  #writeIndent(): void {
    const indent = Math.max(this.#indent, 0);
    if (
      !this.#indention || this.#column > indent || this.#column === indent && !this.#whitespace
    ) {
      this.#break("\n");
    }
    if (this.#footIndent === indent) this.#break("\n");
    if (this.#column < indent) this.#put(" ".repeat(indent - this.#column));
    this.#whitespace = true;
    this.#footIndent = -1;
  }

  #indicator(text: string, spaced: boolean, whitespace: boolean, indention: boolean): void {
    if (spaced && !this.#whitespace) this.#put(" ");
    this.#put(text);
    this.#whitespace = whitespace;
    this.#indention = this.#indention && indention;
  }
}

/** Comments before the first entry; those at the end of a line wait for its value. */
function leading(entries: readonly ({ readonly kind: string } | Comment)[]): string[] {
  const lines: string[] = [];
  let only = true;
  const inline: string[] = [];
  for (const entry of entries) {
    if (!(entry instanceof Comment)) {
      only = false;
      break;
    }
    (entry instanceof InlineComment ? inline : lines).push(...commentLines(entry));
  }
  return only ? [...lines, ...inline] : lines;
}

/** A comment of an INI file may have several lines, one of dotenv a CR at its end. */
function commentLines(comment: Comment): string[] {
  const [first = "", ...more] = comment.reveal().replace(/\r$/, "").split(/\r?\n/);
  const others = more.map((line) => line.startsWith("#") ? line.slice(1) : ` ${line}`);
  return [first, ...others].map(commentLine);
}

function commentLine(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isBreak(code) || code !== 0x09 && code < 0x20 || code >= 0x7f && code < 0xa0) {
      throw new UnholdableError("yaml", [], "a comment with a control character");
    }
  }
  return `#${text}`;
}

/** A value that is no string, as go-yaml writes it. */
function typedText(type: string, text: string): string {
  if (type === "bool") return text === "True" ? "true" : "false";
  if (type === "float") return yamlFloat(text);
  return type === "null" ? "null" : text;
}

const escapes = new Map([
  [0x00, "0"],
  [0x07, "a"],
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0b, "v"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x1b, "e"],
  [0x22, '"'],
  [0x5c, "\\"],
  [0x85, "N"],
  [0xa0, "_"],
  [0x2028, "L"],
  [0x2029, "P"],
]);

function escape(code: number): string {
  const named = escapes.get(code);
  if (named !== undefined) return `\\${named}`;
  const [letter, width] = code <= 0xff ? ["x", 2] : code <= 0xffff ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(width as number, "0")}`;
}

/** Base64 in lines of 70, each with its line break; a single line has none. */
function base64Lines(latin1: string): string {
  const encoded = btoa(latin1);
  if (encoded.length < 70) return encoded;
  return encoded.replace(/.{1,70}/g, "$&\n");
}

function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) length += code > 0x7ff ? (code >= 0xd800 && code < 0xe000 ? 1 : 2) : 1;
  }
  return length;
}

/**
 * SOPS writes the key `<<` as a merge. That is read again only where its value can be merged, so
 * elsewhere it is quoted.
 */
function merges(value: Node): boolean {
  return value.kind === "mapping" ||
    value.kind === "sequence" &&
      value.items.every((item) => item instanceof Comment || item.kind === "mapping");
}

/** What the bytes say, if they are UTF-8. */
function utf8(latin1: string): string | undefined {
  const bytes = Uint8Array.from(latin1, (char) => char.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
