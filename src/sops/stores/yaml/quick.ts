import { Comment, type Mapping, type Node, type Pair, Scalar, type Sequence } from "../../tree.ts";
import { InlineComment } from "../comments.ts";
import { EntryCount, Pieces } from "../limits.ts";
import { resolvePlain } from "./resolve.ts";

/** A collection that is open, at the column of its keys or dashes. */
type Level = MappingLevel | SequenceLevel;

interface MappingLevel {
  readonly kind: "mapping";
  readonly column: number;
  readonly node: Mapping;
  /** Built when there are enough keys to make looking through them slow. */
  names?: Set<string>;
}

interface SequenceLevel {
  readonly kind: "sequence";
  readonly column: number;
  readonly node: Sequence;
}

interface PendingComment {
  readonly column: number;
  readonly text: string;
}

/** Thrown inside, where the text is more than this scanner knows. */
const unsure = Symbol("unsure");

const deepest = 1000;
const longestKey = 1000;

/**
 * Reads the YAML that SOPS writes, and simple files written by hand, line by line. It needs
 * nothing but the text, so it is there at once and takes large files; what it does not know for
 * sure it leaves alone.
 *
 * @param text decoded, without byte order mark and control characters
 * @returns the only document, or nothing where the full reader is needed (or has the error to say)
 */
export function scanYaml(text: string): Mapping | undefined {
  if (text === "" || /[\t\r\u0085\u2028\u2029\ufeff]/.test(text)) return undefined;
  try {
    return new LineScanner(text).document();
  } catch (error) {
    if (error === unsure) return undefined;
    throw error;
  }
}

/** Characters that cannot begin a plain scalar, or only sometimes. */
const indicators = new Set(Array.from("-?:,[]{}#&*!|>'\"%@` ", (char) => char.charCodeAt(0)));

const escapes = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

/** How many digits an escape sequence has. */
const hexLengths = new Map([["x", 2], ["u", 4], ["U", 8]]);

class LineScanner {
  readonly #text: string;
  /** The line that is read: where it begins, and where it ends, without its break. */
  #start = 0;
  #end = 0;
  readonly #root: Mapping = { kind: "mapping", entries: [] };
  readonly #levels: Level[] = [{ kind: "mapping", column: 0, node: this.#root }];
  /** A key or a dash whose value has not come yet. */
  #waiting = false;
  #comments: PendingComment[] = [];
  readonly #count = new EntryCount("yaml");

  constructor(text: string) {
    this.#text = text;
  }

  document(): Mapping {
    const text = this.#text;
    const { length } = text;
    while (this.#start < length) {
      const found = text.indexOf("\n", this.#start);
      this.#end = found === -1 ? length : found;
      let at = this.#start;
      while (text.charCodeAt(at) === 0x20) at++;
      if (at < this.#end) {
        this.#count.add();
        if (text.charCodeAt(at) === 0x23) {
          this.#comments.push({
            column: at - this.#start,
            text: text.slice(at + 1, this.#end),
          });
        } else {
          this.#line(at);
        }
      }
      this.#start = this.#end + 1;
    }
    if (this.#root.entries.length === 0) throw unsure;
    // Where comments at the end belong depends on empty lines and more.
    if (this.#comments.length > 0) throw unsure;
    return this.#root;
  }

  get #top(): Level {
    return this.#levels.at(-1) as Level;
  }

  /** A line with something on it that is no comment. */
  #line(at: number): void {
    const column = at - this.#start;
    const dash = this.#isDash(at);
    if (this.#comments.length > 0) {
      // An empty item does not take the comment before it; the next one does.
      if (dash && at + 1 === this.#end) throw unsure;
      this.#place(column);
    }
    const deeper = this.#waiting &&
      (column > this.#top.column ||
        dash && column === this.#top.column && this.#top.kind === "mapping");
    if (deeper) {
      this.#open(column, dash, this.#comments);
      this.#comments = [];
    }
    this.#waiting = false;
    if (!deeper) this.#close(column, dash);
    if (this.#top.column !== column) throw unsure;
    if (column === 0 && this.#isMarker(at)) throw unsure;
    if (dash !== (this.#top.kind === "sequence")) throw unsure;
    this.#entry(at);
  }

  #close(column: number, dash: boolean): void {
    const levels = this.#levels;
    while (levels.length > 1 && this.#top.column > column) levels.pop();
    // A list may stand at the column of the key that it belongs to.
    if (!dash && this.#top.kind === "sequence" && levels.length > 1) {
      if (levels.at(-2)?.column === column) levels.pop();
    }
  }

  #isDash(at: number): boolean {
    return this.#text.charCodeAt(at) === 0x2d &&
      (at + 1 === this.#end || this.#text.charCodeAt(at + 1) === 0x20);
  }

  #isMarker(at: number): boolean {
    return this.#text.startsWith("---", at) || this.#text.startsWith("...", at);
  }

  #open(column: number, dash: boolean, comments: readonly PendingComment[]): void {
    if (this.#levels.length > deepest) throw unsure;
    const first = comments.map(({ text }) => new Comment(text));
    const level: Level = dash
      ? { kind: "sequence", column, node: { kind: "sequence", items: first } }
      : { kind: "mapping", column, node: { kind: "mapping", entries: first } };
    this.#fill(level.node);
    this.#levels.push(level);
  }

  /** Gives the key or dash that waits its value. */
  #fill(value: Node): void {
    const { node } = this.#top;
    if (node.kind === "mapping") (node.entries.at(-1) as Pair).value = value;
    else node.items[node.items.length - 1] = value;
  }

  /**
   * Hands the comments before a line to the collections they belong to: at the column of what
   * follows, to that; deeper, to the end of what is there.
   */
  #place(column: number): void {
    if (this.#waiting) {
      const inside = this.#top.kind === "mapping" && column > this.#top.column &&
        this.#comments.every((comment) => comment.column === column);
      if (!inside) throw unsure;
      return;
    }
    let last = Infinity;
    for (const comment of this.#comments) {
      if (comment.column > last || comment.column < column) throw unsure;
      last = comment.column;
      const levels = this.#levels.filter((level) => level.column === comment.column);
      const [level] = levels;
      if (!level || levels.length > 1) throw unsure;
      const into = level.node.kind === "mapping" ? level.node.entries : level.node.items;
      into.push(new Comment(comment.text));
    }
    this.#comments = [];
  }

  /** A dash or a key with what follows it on the line. */
  #entry(at: number): void {
    const top = this.#top;
    if (top.kind === "sequence") {
      top.node.items.push({ kind: "null" });
      let after = at + 1;
      while (this.#text.charCodeAt(after) === 0x20 && after < this.#end) after++;
      if (after >= this.#end) {
        this.#waiting = true;
        return;
      }
      const dash = this.#isDash(after);
      if (dash || this.#keyEnd(after) !== -1) {
        this.#open(after - this.#start, dash, []);
        this.#entry(after);
      } else {
        this.#value(after);
      }
      return;
    }
    const colon = this.#keyEnd(at);
    if (colon === -1) throw unsure;
    const key = this.#key(at, colon);
    this.#claim(top, key);
    top.node.entries.push({ kind: "pair", key, value: { kind: "null" } });
    let after = colon + 1;
    while (this.#text.charCodeAt(after) === 0x20 && after < this.#end) after++;
    if (after >= this.#end) this.#waiting = true;
    else this.#value(after);
  }

  #claim(level: MappingLevel, key: string): void {
    const { entries } = level.node;
    if (entries.length < 8) {
      for (const entry of entries) {
        if (entry.kind === "pair" && entry.key === key) throw unsure;
      }
      return;
    }
    if (!level.names) {
      level.names = new Set();
      for (const entry of entries) if (entry.kind === "pair") level.names.add(entry.key);
    }
    if (level.names.has(key)) throw unsure;
    level.names.add(key);
  }

  /** Where the colon of a key is, or -1 when this is no key. */
  #keyEnd(at: number): number {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (first === 0x22 || first === 0x27) {
      const close = this.#closingQuote(at);
      return text.charCodeAt(close + 1) === 0x3a && this.#endsKey(close + 1) ? close + 1 : -1;
    }
    for (let colon = at; colon < this.#end; colon++) {
      if (text.charCodeAt(colon) === 0x3a && this.#endsKey(colon)) return colon;
    }
    return -1;
  }

  #endsKey(colon: number): boolean {
    return colon + 1 === this.#end || this.#text.charCodeAt(colon + 1) === 0x20;
  }

  #key(at: number, colon: number): string {
    if (colon - at > longestKey) throw unsure;
    const first = this.#text.charCodeAt(at);
    if (first === 0x22 || first === 0x27) return this.#quoted(at, colon - 1);
    const key = this.#text.slice(at, colon);
    if (
      indicators.has(first) || key.endsWith(" ") || key.includes(" #") || key === "<<" ||
      resolvePlain(key) !== undefined
    ) throw unsure;
    return key;
  }

  #value(at: number): void {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (first === 0x22 || first === 0x27) {
      const close = this.#closingQuote(at);
      this.#behind(close + 1);
      return this.#fill(new Scalar("str", this.#quoted(at, close)));
    }
    if (first === 0x7c) return this.#fill(new Scalar("str", this.#literal(at)));
    if (first === 0x5b || first === 0x7b) {
      const rest = text.slice(at, this.#end);
      if (rest === "[]") return this.#fill({ kind: "sequence", items: [] });
      if (rest === "{}") return this.#fill({ kind: "mapping", entries: [] });
      throw unsure;
    }
    const second = text.charCodeAt(at + 1);
    if (indicators.has(first) && !(first === 0x2d && at + 1 < this.#end && second !== 0x20)) {
      throw unsure;
    }
    // Only in the line: to the end of a large text it would be far.
    const rest = text.slice(at, this.#end);
    const hash = rest.indexOf(" #");
    let length = hash === -1 ? rest.length : hash;
    while (rest.charCodeAt(length - 1) === 0x20) length--;
    const value = rest.slice(0, length);
    if (hash !== -1) this.#behind(at + length);
    if (value.endsWith(":") || value.includes(": ")) throw unsure;
    this.#fill(typed(value));
  }

  /** What follows a value on its line: nothing, or a comment. */
  #behind(at: number): void {
    let hash = at;
    while (hash < this.#end && this.#text.charCodeAt(hash) === 0x20) hash++;
    if (hash === this.#end) return;
    if (hash === at || hash - at > 100 || this.#text.charCodeAt(hash) !== 0x23) throw unsure;
    const comment = new InlineComment(this.#text.slice(hash + 1, this.#end));
    const { node } = this.#top;
    if (node.kind === "mapping") node.entries.splice(-1, 0, comment);
    else node.items.splice(-1, 0, comment);
  }

  /** Where the quote that opens here is closed on the same line. */
  #closingQuote(at: number): number {
    const text = this.#text;
    const quote = text.charCodeAt(at);
    for (let close = at + 1; close < this.#end; close++) {
      const code = text.charCodeAt(close);
      if (code === 0x5c && quote === 0x22) close++;
      else if (code === quote) {
        if (quote === 0x22 || text.charCodeAt(close + 1) !== 0x27) return close;
        close++;
      }
    }
    throw unsure;
  }

  #quoted(open: number, close: number): string {
    const inner = this.#text.slice(open + 1, close);
    if (this.#text.charCodeAt(open) === 0x27) return inner.replaceAll("''", "'");
    if (!inner.includes("\\")) return inner;
    const value = new Pieces();
    let from = 0;
    for (let at = inner.indexOf("\\"); at !== -1; at = inner.indexOf("\\", from)) {
      value.put(inner.slice(from, at));
      const letter = inner.charAt(at + 1);
      const length = hexLengths.get(letter);
      from = at + 2 + (length ?? 0);
      if (length === undefined) {
        const named = escapes.get(letter);
        if (named === undefined) throw unsure;
        value.put(named);
        continue;
      }
      const digits = inner.slice(at + 2, from);
      if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) throw unsure;
      const code = parseInt(digits, 16);
      if (code >= 0xd800 && code < 0xe000 || code > 0x10ffff) throw unsure;
      value.put(String.fromCodePoint(code));
    }
    value.put(inner.slice(from));
    return value.text();
  }

  /** A `|` block. Leaves its last line as the current one. */
  #literal(at: number): string {
    const text = this.#text;
    const header = /^\|([1-9]?)([+-]?)$|^\|([+-])([1-9])$/.exec(text.slice(at, this.#end));
    if (!header) throw unsure;
    const digit = header[1] || header[4];
    const chomp = header[2] || header[3];
    const { column } = this.#top;
    let indent = digit ? column + Number(digit) : 0;
    const value = new Pieces();
    let empty = true;
    let breaks = "";
    let next = this.#end + 1;
    for (;;) {
      if (next >= text.length) break;
      let end = text.indexOf("\n", next);
      // Without its line break the last line ends in a way of its own.
      if (end === -1) throw unsure;
      let from = next;
      while (text.charCodeAt(from) === 0x20 && from < end) from++;
      const blank = from === end;
      if (!blank && indent === 0) {
        indent = from - next;
        if (indent <= column) throw unsure;
      }
      if (blank && (indent === 0 ? from > next : from - next > indent)) throw unsure;
      if (!blank && from - next < indent) break;
      if (blank) {
        breaks += "\n";
      } else {
        value.put(breaks + text.slice(next + indent, end));
        empty = false;
        breaks = "\n";
      }
      this.#end = end;
      next = end + 1;
      end = next;
    }
    if (empty || this.#end >= text.length) throw unsure;
    if (chomp !== "-") value.put(chomp === "+" ? breaks : "\n");
    return value.text();
  }
}

function typed(text: string): Node {
  const resolved = resolvePlain(text);
  if (resolved === undefined) return new Scalar("str", text);
  if (resolved.type === "null") return { kind: "null" };
  if (resolved.type === "unheld") throw unsure;
  return new Scalar(resolved.type, resolved.text);
}
