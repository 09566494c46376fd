import { floatText } from "../canonical.ts";
import { FormatError, type Mapping, type Node, Scalar } from "../tree.ts";
import { EntryCount, Pieces } from "./limits.ts";

/** Collections in one another; more is refused, both ways. */
export const deepest = 1000;

/**
 * Reads a JSON document: keys in their order, numbers as SOPS holds them.
 *
 * @param text decoded
 * @throws {FormatError} with line and column; also for what SOPS would read but not keep, such as
 *   a key that stands twice, a lone surrogate, or text after the end
 */
export function scanJson(text: string): Mapping {
  return new JsonScanner(text).document();
}

/** An error at a place in a text, in UTF-16 units from 0. */
export function refuseAt(text: string, offset: number, reason: string): FormatError {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return new FormatError("json", reason, line, offset - start + 1);
}

/** No float is written with more digits before its point. */
const mostDigits = 400;

const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const unheldInteger = "an integer that neither 64 bits nor a float hold";

class JsonScanner {
  #at = 0;
  #depth = 0;
  readonly #count = new EntryCount("json");

  constructor(readonly text: string) {}

  document(): Mapping {
    this.#space();
    if (this.#code() !== 0x7b) throw this.#refuse("the top level is no object");
    const mapping = this.#object();
    this.#space();
    if (this.#at < this.text.length) throw this.#refuse("something after the end of the object");
    return mapping;
  }

  #refuse(reason: string, at = this.#at): FormatError {
    return refuseAt(this.text, at, reason);
  }

  #code(): number {
    return this.text.charCodeAt(this.#at);
  }

  #space(): void {
    for (;;) {
      const code = this.#code();
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #value(): Node {
    this.#count.add();
    switch (this.#code()) {
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x22:
        return new Scalar("str", this.#string());
      case 0x74:
        return this.#word("true", new Scalar("bool", "True"));
      case 0x66:
        return this.#word("false", new Scalar("bool", "False"));
      case 0x6e:
        return this.#word("null", { kind: "null" });
      default:
        return this.#number();
    }
  }

  #word(word: string, node: Node): Node {
    if (!this.text.startsWith(word, this.#at)) throw this.#refuse("a value is expected");
    this.#at += word.length;
    return node;
  }

  #open(): void {
    if (++this.#depth > deepest) throw this.#refuse(`more than ${deepest} levels`);
    this.#at++;
    this.#space();
  }

  /** After an entry: whether another one follows. */
  #another(close: number, expected: string): boolean {
    this.#space();
    if (this.#code() === 0x2c) {
      this.#at++;
      this.#space();
      return true;
    }
    if (this.#code() !== close) throw this.#refuse(`${expected} is expected`);
    return false;
  }

  #close(): void {
    this.#at++;
    this.#depth--;
  }

  #object(): Mapping {
    this.#open();
    const entries: Mapping["entries"] = [];
    if (this.#code() !== 0x7d) {
      const names = new Set<string>();
      do {
        const at = this.#at;
        if (this.#code() !== 0x22) throw this.#refuse("a key in double quotes is expected");
        const key = this.#string();
        if (names.has(key)) throw this.#refuse("a key that is there already", at);
        names.add(key);
        this.#space();
        if (this.#code() !== 0x3a) throw this.#refuse("a colon is expected");
        this.#at++;
        this.#space();
        entries.push({ kind: "pair", key, value: this.#value() });
      } while (this.#another(0x7d, "a comma or a closing brace"));
    }
    this.#close();
    return { kind: "mapping", entries };
  }

  #array(): Node {
    this.#open();
    const items: Node[] = [];
    if (this.#code() !== 0x5d) {
      do items.push(this.#value()); while (this.#another(0x5d, "a comma or a closing bracket"));
    }
    this.#close();
    return { kind: "sequence", items };
  }

  #string(): string {
    let from = ++this.#at;
    let escaped: Pieces | undefined;
    for (;; this.#at++) {
      const code = this.#code();
      if (Number.isNaN(code)) throw this.#refuse("a closing quote is expected");
      if (code < 0x20) throw this.#refuse("a control character in a string");
      if (code === 0x22) break;
      if (code !== 0x5c) continue;
      escaped ??= new Pieces();
      escaped.put(this.text.slice(from, this.#at));
      escaped.put(this.#escape());
      from = this.#at + 1;
    }
    const rest = this.text.slice(from, this.#at);
    escaped?.put(rest);
    const value = escaped?.text() ?? rest;
    if (!value.isWellFormed()) throw this.#refuse("half of a surrogate pair in a string");
    this.#at++;
    return value;
  }

  /** Leaves the last character of the sequence as the current one. */
  #escape(): string {
    const letter = this.text.charAt(++this.#at);
    const named = escapes.get(letter);
    if (named !== undefined) return named;
    const digits = this.text.slice(this.#at + 1, this.#at + 5);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw this.#refuse("an escape sequence that is not valid");
    }
    this.#at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  #number(): Node {
    const pattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (!match) throw this.#refuse("a value is expected");
    const [written, fraction, exponent] = match;
    const node = fraction === undefined && exponent === undefined
      ? this.#integer(written)
      : this.#float(written);
    this.#at += written.length;
    return node;
  }

  /** SOPS turns what has more than 64 bits into a float; that is kept where no digit is lost. */
  #integer(written: string): Node {
    if (written.length > mostDigits) throw this.#refuse(unheldInteger);
    const value = BigInt(written);
    if (BigInt.asIntN(64, value) === value) return new Scalar("int", value.toString());
    const float = Number(written);
    // What a float itself is written as counts as whole: its last digits are noughts.
    const whole = Number.isFinite(float) &&
      (BigInt(float) === value || floatText(float) === written);
    if (!whole) {
      throw this.#refuse(unheldInteger);
    }
    return new Scalar("float", floatText(float));
  }

  #float(written: string): Node {
    const value = Number(written);
    if (!Number.isFinite(value)) throw this.#refuse("a number that is too large");
    return new Scalar("float", floatText(value));
  }
}
