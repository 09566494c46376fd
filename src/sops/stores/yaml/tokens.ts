import { isBreak } from "./style.ts";
import { refuse } from "./text.ts";

/** Something that stands in a text, between spaces and comments. */
export interface SourceToken {
  readonly kind:
    | "document start"
    | "document end"
    | "entry"
    | "key"
    | "value"
    | "comma"
    | "flow start"
    | "flow end"
    | "alias"
    | "property"
    | "quoted"
    | "plain"
    | "block";
  /** UTF-16 units from 0. */
  readonly start: number;
  readonly end: number;
  /** Where the header of a block scalar (`|2-`) ends. */
  readonly header?: number;
}

/** A place: `line` and `column` count from 0. */
interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

/** What go-yaml's scanner hands to its parser. */
export interface Token {
  readonly kind:
    | SourceToken["kind"]
    | "stream start"
    | "stream end"
    | "sequence start"
    | "mapping start"
    | "block end";
  readonly start: Mark;
}

/** A comment that waits for the token at `token` or after it. */
interface Waiting {
  scan: Mark;
  token: Mark;
  start: Mark;
  end: Mark;
  head: string;
  line: string;
  foot: string;
}

interface SimpleKey {
  possible: boolean;
  number: number;
  readonly mark: Mark;
}

const origin: Mark = { index: 0, line: 0, column: 0 };
/** go-yaml looks this far ahead, over spaces and empty lines, for a comment. */
const lookAhead = 512;

/**
 * go-yaml's scanner, as far as comments depend on it: where blocks begin and end, how far it has
 * looked ahead, and to which token it ties a comment.
 *
 * @see go-yaml v3 scannerc.go
 */
export class Scanner {
  readonly text: string;
  readonly #source: readonly SourceToken[];
  #next = 0;

  #index = 0;
  #line = 0;
  #column = 0;
  /** Line breaks since the last character that was no space. */
  #newlines = 0;

  /** What was scanned and not read yet, from `#front` on. */
  #queue: Token[] = [];
  #front = 0;
  #read = 0;
  #ready = false;

  #indent = -1;
  #indents: number[] = [];
  #flow = 0;
  #keyAllowed = true;
  #keys: SimpleKey[] = [];
  #keyOf = new Map<number, SimpleKey>();

  #comments: Waiting[] = [];
  #placed = 0;
  head = "";
  line = "";
  foot = "";
  stem: string | undefined;

  constructor(text: string, source: readonly SourceToken[]) {
    this.text = text;
    this.#source = source;
    this.#queue.push({ kind: "stream start", start: origin });
    this.#keys.push({ possible: false, number: 0, mark: origin });
  }

  /** The next token; comments up to it go to `head`, `line` and `foot`. */
  peek(): Token {
    if (!this.#ready) {
      while (this.#front >= this.#queue.length - 2 || this.#mayBeKey()) this.#fetch();
      this.#ready = true;
    }
    const token = this.#queue[this.#front] as Token;
    while (this.#placed < this.#comments.length) {
      const comment = this.#comments[this.#placed] as Waiting;
      if (token.start.index < comment.token.index) break;
      if (comment.head && token.kind === "block end") break;
      this.head = joined(this.head, comment.head);
      this.foot = joined(this.foot, comment.foot);
      this.line = joined(this.line, comment.line);
      this.#comments[this.#placed++] = cleared;
    }
    return token;
  }

  skip(): void {
    this.#ready = false;
    this.#read++;
    this.#front++;
    if (this.#front > 4096) {
      this.#queue.splice(0, this.#front - 4);
      this.#front = 4;
    }
  }

  #mark(): Mark {
    return { index: this.#index, line: this.#line, column: this.#column };
  }

  #code(at = this.#index): number {
    return at < this.text.length ? this.text.charCodeAt(at) : 0;
  }

  #advance(to: number): void {
    while (this.#index < to) {
      const code = this.#code();
      if (isBreak(code)) {
        this.#index += code === 0x0d && this.#code(this.#index + 1) === 0x0a ? 2 : 1;
        this.#line++;
        this.#column = 0;
        this.#newlines++;
      } else {
        if (code !== 0x20 && code !== 0x09) this.#newlines = 0;
        this.#index += code >= 0xd800 && code < 0xdc00 ? 2 : 1;
        this.#column++;
      }
    }
  }

  #mayBeKey(): boolean {
    const key = this.#keyOf.get(this.#read);
    return key !== undefined && this.#valid(key);
  }

  #valid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.mark.line < this.#line || key.mark.index + 1024 < this.#index) key.possible = false;
    return key.possible;
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return;
    this.#removeKey();
    const number = this.#read + this.#queue.length - this.#front;
    const key = { possible: true, number, mark: this.#mark() };
    this.#keys[this.#keys.length - 1] = key;
    this.#keyOf.set(number, key);
  }

  #removeKey(): void {
    const key = this.#keys.at(-1);
    if (!key?.possible) return;
    key.possible = false;
    this.#keyOf.delete(key.number);
  }

  #push(kind: Token["kind"], start: Mark): void {
    this.#queue.push({ kind, start });
  }

  #roll(column: number, kind: "sequence start" | "mapping start", mark: Mark, at?: number): void {
    if (this.#flow > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (at === undefined) this.#push(kind, mark);
    else this.#queue.splice(at, 0, { kind, start: mark });
  }

  /** Ends the blocks that are deeper than a column; the comments at their column stay in them. */
  #unroll(column: number, scan: Mark): void {
    if (this.#flow > 0) return;
    let block: Mark = { ...scan, index: scan.index - 1 };
    while (this.#indent > column) {
      let stop = block.index;
      for (let at = this.#comments.length - 1; at >= 0; at--) {
        const comment = this.#comments[at] as Waiting;
        if (comment.end.index < stop) break;
        if (comment.start.column === this.#indent + 1) block = comment.start;
        stop = comment.scan.index;
      }
      this.#push("block end", block);
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #fetch(): void {
    const scan = this.#mark();
    this.#toNextToken(scan);
    this.#unroll(this.#column, scan);
    const source = this.#source[this.#next];
    if (source === undefined) return this.#end();
    if (source.start !== this.#index) throw this.#lost();
    this.#next++;
    if (source.kind === "document start" || source.kind === "document end") {
      this.#unroll(-1, this.#mark());
      this.#removeKey();
      this.#keyAllowed = false;
      this.#push(source.kind, this.#mark());
      this.#advance(source.end);
      return;
    }
    const code = this.#code();
    const prior = this.#queue.at(-1);
    const follows = this.#flow === 0 && code === 0x3a || this.#flow > 0 && code === 0x2c;
    const mark = follows && prior ? prior.start : this.#mark();
    this.#token(source);
    if (this.#queue.at(-1)?.kind !== "entry") this.#lineComment(mark);
  }

  #lost() {
    return refuse(this.text, this.#index, "a comment in a place where SOPS cannot keep it");
  }

  #end(): void {
    if (this.#index < this.text.length) throw this.#lost();
    if (this.#column !== 0) {
      this.#column = 0;
      this.#line++;
    }
    this.#unroll(-1, this.#mark());
    this.#removeKey();
    this.#keyAllowed = false;
    this.#push("stream end", this.#mark());
  }

  #token(source: SourceToken): void {
    const mark = this.#mark();
    switch (source.kind) {
      case "flow start":
        this.#saveKey();
        this.#flow++;
        this.#keys.push({ possible: false, number: 0, mark });
        this.#keyAllowed = true;
        break;
      case "flow end":
        this.#removeKey();
        if (this.#flow > 0) {
          this.#flow--;
          this.#keys.pop();
        }
        this.#keyAllowed = false;
        break;
      case "comma":
        this.#removeKey();
        this.#keyAllowed = true;
        break;
      case "entry":
        this.#roll(mark.column, "sequence start", mark);
        this.#removeKey();
        this.#keyAllowed = true;
        break;
      case "key":
        this.#roll(mark.column, "mapping start", mark);
        this.#removeKey();
        this.#keyAllowed = this.#flow === 0;
        break;
      case "value":
        this.#value(mark);
        break;
      case "block":
        this.#removeKey();
        this.#keyAllowed = true;
        this.#push("block", mark);
        return this.#block(source, mark);
      default:
        this.#saveKey();
        this.#keyAllowed = false;
        break;
    }
    this.#push(source.kind, mark);
    this.#advance(source.end);
    if (source.kind === "plain") this.#afterPlain();
  }

  #value(mark: Mark): void {
    const key = this.#keys.at(-1);
    if (key && this.#valid(key)) {
      const at = this.#front + key.number - this.#read;
      this.#queue.splice(at, 0, { kind: "key", start: key.mark });
      this.#roll(key.mark.column, "mapping start", key.mark, at);
      key.possible = false;
      this.#keyOf.delete(key.number);
      this.#keyAllowed = false;
    } else {
      this.#roll(mark.column, "mapping start", mark);
      this.#keyAllowed = this.#flow === 0;
    }
  }

  /** A plain scalar could go on in the next line, so the spaces and breaks after it are gone. */
  #afterPlain(): void {
    const line = this.#line;
    this.#advance(this.#beyondSpace(this.#index));
    if (this.#line > line) this.#keyAllowed = true;
  }

  #beyondSpace(at: number): number {
    while (this.#code(at) === 0x20 || this.#code(at) === 0x09 || isBreak(this.#code(at))) at++;
    return at;
  }

  #block(source: SourceToken, mark: Mark): void {
    let at = source.header ?? source.end;
    while (this.#code(at) === 0x20 || this.#code(at) === 0x09) at++;
    this.#advance(at);
    if (this.#code() === 0x23) this.#lineComment(mark);
    this.#advance(source.end);
    this.#advance(this.#beyondSpace(this.#index));
  }

  #toNextToken(scan: Mark): void {
    for (;;) {
      const tabs = this.#flow > 0 || !this.#keyAllowed;
      let at = this.#index;
      while (this.#code(at) === 0x20 || tabs && this.#code(at) === 0x09) at++;
      this.#advance(at);
      this.#headOfEntry();
      if (this.#code() === 0x23) this.#scanComments(scan);
      if (!isBreak(this.#code())) return;
      this.#advance(this.#index + 1);
      if (this.#flow === 0) this.#keyAllowed = true;
    }
  }

  /** A line comment before the first entry of a list becomes the head of what follows. */
  #headOfEntry(): void {
    const comment = this.#comments.at(-1);
    if (!comment?.line || isBreak(this.#code())) return;
    if (this.#queue.at(-2)?.kind !== "sequence start" || this.#queue.at(-1)?.kind !== "entry") {
      return;
    }
    comment.head = comment.line;
    comment.line = "";
    if (comment.start.line === this.#line - 1) comment.token = this.#mark();
  }

  #lineComment(token: Mark): void {
    if (this.#newlines > 0) return;
    let at = this.#index;
    while (this.#code(at) === 0x20 || this.#code(at) === 0x09) at++;
    if (at - this.#index >= lookAhead || this.#code(at) !== 0x23) return;
    this.#advance(at);
    const start = this.#mark();
    const line = this.#restOfLine();
    this.#comments.push({ ...blank, token, start, line });
  }

  #restOfLine(): string {
    let end = this.#index;
    while (end < this.text.length && !isBreak(this.#code(end))) end++;
    const line = this.text.slice(this.#index, end);
    this.#advance(end);
    return line;
  }

  /** Comments on lines of their own, up to the next token or the end of the look-ahead. */
  #scanComments(scanMark: Mark): void {
    let scan = scanMark;
    let prior = this.#queue.at(-1) as Token;
    if (prior.kind === "comma") prior = this.#queue.at(-2) ?? prior;
    let token = prior.start;
    let start = origin;
    let indent = Math.max(this.#indent, 0);
    let recentEmpty = false;
    let firstEmpty = this.#newlines <= 1;
    let line = this.#line;
    let column = this.#column;
    let text = "";
    let footLine = -1;
    if (scan.line > 0) {
      footLine = this.#line - this.#newlines + 1;
      if (this.#newlines === 0 && this.#column > 1) footLine++;
    }
    const foot = (end: Mark) => {
      this.#comments.push({ ...blank, scan, token, start, end, foot: text });
      scan = end;
      token = end;
      text = "";
    };
    let ahead = 0;
    for (; ahead < lookAhead; ahead++) {
      column++;
      const at = this.#index + ahead;
      const code = this.#code(at);
      if (code === 0x20 || code === 0x09) continue;
      const closes = this.#flow > 0 && (code === 0x5d || code === 0x7d);
      const place = { index: at, line, column };
      if (closes || isBreak(code) || at >= this.text.length) {
        if (closes || !recentEmpty) {
          const belongs = firstEmpty &&
            (start.line === footLine && prior.kind !== "value" || start.column - 1 < indent);
          if (closes || belongs) {
            if (text) {
              if (start.column - 1 < indent) token = start;
              foot(place);
            }
          } else if (text && at < this.text.length) {
            text += "\n";
          }
        }
        if (!isBreak(code)) break;
        firstEmpty = false;
        recentEmpty = true;
        column = 0;
        line++;
        continue;
      }
      if (text && (closes || column - 1 < indent && column !== start.column)) foot(place);
      if (code !== 0x23) break;
      if (text) text += "\n";
      else start = place;
      recentEmpty = false;
      this.#advance(at);
      text += this.#restOfLine();
      ahead = 0;
      column = 0;
      line = this.#line;
      indent = Math.max(this.#indent, 0);
    }
    if (text) {
      const end = { index: this.#index + ahead - 1, line, column };
      this.#comments.push({ ...blank, scan, token: start, start, end, head: text });
    }
  }
}

const blank: Waiting = {
  scan: origin,
  token: origin,
  start: origin,
  end: origin,
  head: "",
  line: "",
  foot: "",
};
const cleared = { ...blank };

function joined(before: string, more: string): string {
  if (more === "") return before;
  return before === "" ? more : `${before}\n${more}`;
}
