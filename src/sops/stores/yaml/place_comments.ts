import type { YamlNode } from "./node.ts";
import { refuse } from "./text.ts";
import { Scanner, type SourceToken, type Token } from "./tokens.ts";

/**
 * Puts the comments of a text where go-yaml puts them: before a node, at the end of its line, or
 * after it. It decides while it scans, two tokens ahead of where it reads, so this follows it step
 * by step: what it takes for a token, when it has seen a comment, and which node comes next then.
 *
 * @param tokens all that stands in the text, in order
 * @param documents their nodes; `head`, `line` and `foot` are set here
 * @throws {FormatError} where the text is not understood as go-yaml understands it
 * @see go-yaml v3 parserc.go, decode.go
 */
export function placeComments(
  text: string,
  tokens: readonly SourceToken[],
  documents: readonly YamlNode[],
): void {
  new Reader(new Scanner(text, tokens), text, documents).stream();
}

/** Follows go-yaml's parser over the tokens, and hands each node the comments that wait for it. */
class Reader {
  readonly #nodes: Iterator<YamlNode>;

  constructor(
    readonly scanner: Scanner,
    readonly text: string,
    readonly documents: readonly YamlNode[],
  ) {
    this.#nodes = inOrder(documents);
  }

  stream(): void {
    this.scanner.peek();
    this.scanner.skip();
    for (let first = true;; first = false) {
      if (!this.#document(first)) break;
    }
    if (!this.#nodes.next().done) throw this.#lost();
  }

  #lost() {
    return refuse(
      this.text,
      this.scanner.peek().start.index,
      "a comment in a place where SOPS cannot keep it",
    );
  }

  #take(...kinds: YamlNode["kind"][]): YamlNode {
    const next = this.#nodes.next();
    if (next.done || !kinds.includes(next.value.kind)) throw this.#lost();
    return next.value;
  }

  /** An event of go-yaml's takes all comments that wait. */
  #comments(): { head: string; line: string; foot: string } {
    const { head, line, foot } = this.scanner;
    Object.assign(this.scanner, { head: "", line: "", foot: "", stem: undefined });
    return { head, line, foot };
  }

  #kind(): Token["kind"] {
    return this.scanner.peek().kind;
  }

  #document(first: boolean): boolean {
    if (!first) { while (this.#kind() === "document end") this.scanner.skip(); }
    const kind = this.#kind();
    if (kind === "stream end") return false;
    const document = this.#take("document");
    if (kind === "document start") {
      this.scanner.skip();
      if (["document start", "document end", "stream end"].includes(this.#kind())) this.#empty();
      else this.#node(true, false);
    } else {
      if (!first) throw this.#lost();
      document.head = this.#headOfDocument();
      this.#node(true, false);
    }
    if (this.#kind() === "document end") this.scanner.skip();
    const { head, foot } = this.#comments();
    document.foot = foot || head;
    return true;
  }

  /** The part of the first comments that is set apart by an empty line. */
  #headOfDocument(): string {
    const waiting = this.scanner.head;
    for (let at = waiting.length - 1; at > 0; at--) {
      if (waiting.charAt(at) !== "\n") continue;
      if (at === waiting.length - 1) {
        this.scanner.head = waiting.slice(at + 1);
        return waiting.slice(0, at);
      }
      if (waiting.charAt(at - 1) === "\n") {
        this.scanner.head = waiting.slice(at + 1);
        return waiting.slice(0, at - 1);
      }
    }
    return "";
  }

  #empty(): YamlNode {
    return this.#take("scalar");
  }

  #node(block: boolean, indentless: boolean): YamlNode {
    if (this.#kind() === "alias") {
      const node = this.#take("alias");
      Object.assign(node, this.#comments());
      this.scanner.skip();
      return node;
    }
    let properties = 0;
    while (this.#kind() === "property" && properties < 2) {
      this.scanner.skip();
      properties++;
    }
    const kind = this.#kind();
    if (indentless && kind === "entry") {
      const node = this.#take("sequence");
      this.#entries(true);
      return node;
    }
    if (kind === "plain" || kind === "quoted" || kind === "block") {
      const node = this.#take("scalar");
      Object.assign(node, this.#comments());
      this.scanner.skip();
      return node;
    }
    if (kind === "flow start") {
      const node = this.#take("mapping", "sequence");
      Object.assign(node, this.#comments());
      this.scanner.skip();
      if (node.kind === "mapping") this.#flowMapping(node);
      else this.#flowSequence(node);
      return node;
    }
    if (block && (kind === "sequence start" || kind === "mapping start")) {
      const node = this.#take(kind === "sequence start" ? "sequence" : "mapping");
      node.head = this.scanner.stem ?? "";
      this.scanner.stem = undefined;
      this.scanner.skip();
      if (node.kind === "sequence") this.#entries(false);
      else this.#pairs(node);
      return node;
    }
    if (properties > 0) return this.#empty();
    throw this.#lost();
  }

  #entries(indentless: boolean): void {
    for (;;) {
      if (this.#kind() !== "entry") {
        if (indentless) return;
        if (this.#kind() !== "block end") throw this.#lost();
        this.scanner.skip();
        return;
      }
      const before = this.scanner.head.length;
      this.scanner.skip();
      this.#splitStem(before);
      const kind = this.#kind();
      const ends = kind === "entry" || kind === "block end" ||
        indentless && (kind === "key" || kind === "value");
      if (ends) this.#empty();
      else this.#node(true, false);
    }
  }

  /** The head of an entry that is itself a collection belongs to all of that collection. */
  #splitStem(length: number): void {
    if (length === 0) return;
    const kind = this.#kind();
    if (kind !== "sequence start" && kind !== "mapping start") return;
    const { head } = this.scanner;
    this.scanner.stem = head.slice(0, length);
    this.scanner.head = head.length === length ? "" : head.slice(length + 1);
  }

  #pairs(node: YamlNode): void {
    const keys: YamlNode[] = [];
    const between = () => ["key", "value", "block end"].includes(this.#kind());
    for (;;) {
      const kind = this.#kind();
      if (kind === "block end") break;
      if (kind !== "key") throw this.#lost();
      this.scanner.skip();
      const key = between() ? this.#empty() : this.#node(true, true);
      const last = keys.at(-1);
      if (key.foot && last) {
        last.foot = key.foot;
        key.foot = "";
      }
      keys.push(key);
      if (this.#kind() === "value") {
        this.scanner.skip();
        this.#footToKey(key, between() ? this.#empty() : this.#node(true, true));
      } else {
        this.#footToKey(key, this.#empty());
      }
    }
    const { line, foot } = this.#comments();
    this.scanner.skip();
    Object.assign(node, { line, foot });
    const last = keys.at(-1);
    if (foot && last) {
      last.foot = foot;
      node.foot = "";
    }
  }

  #footToKey(key: YamlNode, value: YamlNode): void {
    if (key.foot || !value.foot) return;
    key.foot = value.foot;
    value.foot = "";
  }

  #flowSequence(node: YamlNode): void {
    for (let first = true; this.#kind() !== "flow end"; first = false) {
      if (!first) {
        if (this.#kind() !== "comma") throw this.#lost();
        this.scanner.skip();
        if (this.#kind() === "flow end") break;
      }
      if (this.#kind() === "key") this.#flowPair();
      else this.#node(false, false);
    }
    const { line, foot } = this.#comments();
    this.scanner.skip();
    Object.assign(node, { line, foot });
  }

  #flowPair(): void {
    this.#take("mapping");
    this.scanner.skip();
    let key: YamlNode;
    const ends = (...kinds: Token["kind"][]) => kinds.includes(this.#kind());
    if (ends("value", "comma", "flow end")) {
      key = this.#empty();
      this.scanner.skip();
    } else {
      key = this.#node(false, false);
    }
    if (ends("value")) {
      this.scanner.skip();
      this.#footToKey(key, ends("comma", "flow end") ? this.#empty() : this.#node(false, false));
    } else {
      this.#footToKey(key, this.#empty());
    }
  }

  #flowMapping(node: YamlNode): void {
    const ends = (...kinds: Token["kind"][]) => kinds.includes(this.#kind());
    for (let first = true; this.#kind() !== "flow end"; first = false) {
      if (!first) {
        if (this.#kind() !== "comma") throw this.#lost();
        this.scanner.skip();
        if (this.#kind() === "flow end") break;
      }
      if (!ends("key")) {
        const key = this.#node(false, false);
        this.#footToKey(key, this.#empty());
        continue;
      }
      this.scanner.skip();
      const key = ends("value", "comma", "flow end") ? this.#empty() : this.#node(false, false);
      if (ends("value")) {
        this.scanner.skip();
        this.#footToKey(key, ends("comma", "flow end") ? this.#empty() : this.#node(false, false));
      } else {
        this.#footToKey(key, this.#empty());
      }
    }
    const { line, foot } = this.#comments();
    this.scanner.skip();
    Object.assign(node, { line, foot });
  }
}

function* inOrder(nodes: readonly YamlNode[]): Generator<YamlNode> {
  for (const node of nodes) {
    yield node;
    yield* inOrder(node.content);
  }
}
