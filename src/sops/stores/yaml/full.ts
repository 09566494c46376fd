import {
  Composer,
  CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node as LibraryNode,
  Parser,
  type Scalar,
} from "yaml";
import { placeComments } from "./place_comments.ts";
import type { YamlNode } from "./node.ts";
import { refuse } from "./text.ts";
import type { SourceToken } from "./tokens.ts";

/** The library's tokens that begin something, in the words of the placing of comments. */
const kinds = new Map<string, SourceToken["kind"]>([
  ["doc-start", "document start"],
  ["doc-end", "document end"],
  ["seq-item-ind", "entry"],
  ["explicit-key-ind", "key"],
  ["map-value-ind", "value"],
  ["comma", "comma"],
  ["flow-map-start", "flow start"],
  ["flow-seq-start", "flow start"],
  ["flow-map-end", "flow end"],
  ["flow-seq-end", "flow end"],
  ["alias", "alias"],
  ["anchor", "property"],
  ["tag", "property"],
  ["single-quoted-scalar", "quoted"],
  ["double-quoted-scalar", "quoted"],
]);

/**
 * Reads any YAML, through the library; what the scalars mean is for the caller.
 *
 * @param original decoded, without byte order mark and control characters
 * @returns the documents, with comments where go-yaml keeps them
 * @throws {FormatError} with line and column
 */
export function readNodes(original: string): YamlNode[] {
  const separators = new Separators(original);
  const text = indentClosers(separators.marked);
  const { tokens, commented } = lex(text);
  const lines = new LineCounter();
  const documents = [];
  try {
    const composer = new Composer({
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
    });
    for (const document of composer.compose(new Parser(lines.addNewLine).parse(text))) {
      const [error] = document.errors;
      if (error) throw refuse(text, error.pos[0], reasons.get(error.code) ?? "invalid YAML");
      documents.push(document);
    }
  } catch (error) {
    if (error instanceof RangeError) throw refuse(text, 0, "nested too deeply");
    throw error;
  }
  const anchors = new Map<string, YamlNode>();
  const nodes = documents.map((document) => {
    const root = convert(text, document.contents, anchors, 0);
    return node("document", 0, { content: [root] });
  });
  if (commented) placeComments(text, tokens, nodes);
  separators.restore(nodes);
  return nodes;
}

/** The library's error codes in our words; its messages could quote what they complain about. */
const reasons = new Map<string, string>([
  ["ALIAS_PROPS", "an alias with a tag or an anchor"],
  ["BAD_ALIAS", "an alias that is not valid"],
  ["BAD_DIRECTIVE", "a directive that is not valid"],
  ["BAD_DQ_ESCAPE", "an escape sequence that is not valid"],
  ["BAD_INDENT", "wrong indentation"],
  ["BAD_PROP_ORDER", "a tag or an anchor in the wrong place"],
  ["BAD_SCALAR_START", "a character that cannot start a value"],
  ["BLOCK_AS_IMPLICIT_KEY", "a mapping or a list in a place for a key"],
  ["BLOCK_IN_FLOW", "a block in brackets"],
  ["DUPLICATE_KEY", "a key that is there already"],
  ["IMPOSSIBLE", "something that cannot be here"],
  ["KEY_OVER_1024_CHARS", "a key of more than 1024 characters"],
  ["MISSING_CHAR", "a quote, a bracket, a colon, a comma or indentation is missing"],
  ["MULTILINE_IMPLICIT_KEY", "a key of more than one line"],
  ["MULTIPLE_ANCHORS", "two anchors on one value"],
  ["MULTIPLE_DOCS", "a second document"],
  ["MULTIPLE_TAGS", "two tags on one value"],
  ["NON_STRING_KEY", "a key that is no string"],
  ["RESOURCE_EXHAUSTION", "nested too deeply"],
  ["TAB_AS_INDENT", "a tab where an indentation space is expected"],
  ["TAG_RESOLVE_FAILED", "a tag that cannot be resolved"],
  ["UNEXPECTED_TOKEN", "something that was not expected here"],
  ["BAD_COLLECTION_TYPE", "a collection with the tag of another"],
]);

function node(
  kind: YamlNode["kind"],
  offset: number,
  more: Partial<Omit<YamlNode, "kind" | "offset">> = {},
): YamlNode {
  return {
    kind,
    offset,
    text: "",
    plain: false,
    flow: false,
    content: [],
    head: "",
    line: "",
    foot: "",
    ...more,
  };
}

/** An empty place is a null. */
const empty = (offset: number) => node("scalar", offset, { plain: true });

function convert(
  text: string,
  from: unknown,
  anchors: Map<string, YamlNode>,
  offset: number,
): YamlNode {
  if (isAlias(from)) {
    const target = anchors.get(from.source);
    const at = from.range?.[0] ?? offset;
    if (!target) throw refuse(text, at, "an alias to an anchor that is not there");
    return node("alias", at, { text: from.source, target });
  }
  if (!isScalar(from) && !isMap(from) && !isSeq(from)) return empty(offset);
  const at = from.range?.[0] ?? offset;
  const tag = shortTag(from.tag);
  if (isScalar(from)) {
    const scalar = node("scalar", at, {
      ...(tag === undefined ? {} : { tag }),
      text: blockToTheEnd(text, from) ? (from.source ?? "").replace(/\n$/, "") : from.source ?? "",
      plain: from.type === "PLAIN" || from.type === undefined,
    });
    remember(from, scalar, anchors);
    return scalar;
  }
  const collection = node(isMap(from) ? "mapping" : "sequence", at, {
    ...(tag === undefined ? {} : { tag }),
    flow: from.flow === true,
  });
  remember(from, collection, anchors);
  if (isMap(from)) {
    for (const pair of from.items) {
      collection.content.push(convert(text, pair.key, anchors, at));
      collection.content.push(convert(text, pair.value, anchors, at));
    }
  } else {
    for (const item of from.items) {
      collection.content.push(
        isPair(item) ? pairNode(text, item, anchors, at) : convert(text, item, anchors, at),
      );
    }
  }
  return collection;
}

/**
 * Whether a block is cut off by the end of the text in the middle of a line. The library takes that
 * for a line's end, and go-yaml does not.
 */
function blockToTheEnd(text: string, { type, range }: Scalar): boolean {
  return (type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED") && range?.[1] === text.length &&
    !/(?:^|\n) *$/.test(text.slice(-1000));
}

interface LibraryPair {
  readonly key: unknown;
  readonly value: unknown;
}

function isPair(item: unknown): item is LibraryPair {
  return typeof item === "object" && item !== null && "key" in item && "value" in item &&
    !isScalar(item) && !isMap(item);
}

/** `[a: b]` is a list of one mapping. */
function pairNode(
  text: string,
  pair: LibraryPair,
  anchors: Map<string, YamlNode>,
  offset: number,
): YamlNode {
  return node("mapping", offset, {
    flow: true,
    content: [
      convert(text, pair.key, anchors, offset),
      convert(text, pair.value, anchors, offset),
    ],
  });
}

function remember(from: LibraryNode, to: YamlNode, anchors: Map<string, YamlNode>): void {
  if ("anchor" in from && typeof from.anchor === "string") anchors.set(from.anchor, to);
}

const longPrefix = "tag:yaml.org,2002:";

function shortTag(tag: string | undefined): string | undefined {
  if (tag === undefined || tag === "!") return undefined;
  return tag.startsWith(longPrefix) ? `!!${tag.slice(longPrefix.length)}` : tag;
}

/**
 * Indents brackets that go-yaml closes at the first column after a comment, as in
 * `a: {}  # none`; the library wants them further in.
 */
function indentClosers(text: string): string {
  return text.replaceAll(/(?<=\n)( +)(#[^\n]*\n)(?=[}\]])/g, "$1$2$1");
}

/**
 * The separators U+2028 and U+2029 are line breaks to go-yaml, which keeps them in values; to the
 * library they are characters. So for it a marked line break stands in their place.
 */
class Separators {
  readonly marked: string;
  readonly #original: string;
  readonly #marks: readonly (readonly [mark: string, separator: string])[];

  constructor(original: string) {
    this.#original = original;
    this.#marks = ["\u2028", "\u2029"].filter((separator) => original.includes(separator))
      .map((separator, at) => [unused(original, 0xe000 + at * 100), separator]);
    this.marked = this.#marks.reduce(
      (text, [mark, separator]) => text.replaceAll(separator, `${mark}\n`),
      original,
    );
  }

  restore(nodes: readonly YamlNode[]): void {
    if (this.#marks.length === 0) return;
    for (const each of nodes) {
      for (const [mark, separator] of this.#marks) {
        each.text = each.text.replaceAll(new RegExp(`${mark}[ \n]`, "g"), separator);
        if ([each.text, each.head, each.line, each.foot].some((text) => text.includes(mark))) {
          throw refuse(this.#original, this.#original.indexOf(separator), "a line separator");
        }
      }
      this.restore(each.content);
    }
  }
}

/** A character for private use that is not in a text. */
function unused(text: string, from: number): string {
  for (let code = from; code < from + 100; code++) {
    const char = String.fromCharCode(code);
    if (!text.includes(char)) return char;
  }
  throw refuse(text, 0, "a line separator, and all marks for it taken");
}

/** The library takes some 750 bytes for each sign, word and line end. */
const mostLexemes = 2_000_000;
/** And some 100 for each character of a text that has line ends or escape sequences. */
const mostFolded = 16_000_000;
const tooMuch = "too much that is laid out otherwise than SOPS does it";

/** What stands in the text, in order, without space and comments. */
function lex(text: string): { tokens: SourceToken[]; commented: boolean } {
  const tokens: SourceToken[] = [];
  let commented = false;
  let offset = 0;
  let scalar = false;
  let header: { start: number; end: number } | undefined;
  let lexemes = 0;
  let folded = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > mostLexemes) throw refuse(text, offset, tooMuch);
    if (lexeme.length > 1 && /[\n\\]/.test(lexeme)) folded += lexeme.length;
    if (folded > mostFolded) throw refuse(text, offset, "too much text of several lines");
    if (scalar) {
      const end = offset + lexeme.length;
      if (header) tokens.push({ kind: "block", start: header.start, end, header: header.end });
      else if (end > offset) tokens.push({ kind: "plain", start: offset, end });
      scalar = false;
      header = undefined;
      offset = end;
      continue;
    }
    const type = CST.tokenType(lexeme);
    if (type === "directive-line") {
      throw refuse(text, offset, "a directive, which is not supported");
    }
    if (type === "scalar") {
      scalar = true;
      continue;
    }
    if (type === "doc-mode" || type === "flow-error-end") continue;
    const end = offset + lexeme.length;
    if (type === "comment") commented = true;
    else if (type === "block-scalar-header") header = { start: offset, end };
    else {
      const kind = kinds.get(type ?? "");
      if (kind) tokens.push({ kind, start: offset, end });
    }
    offset = end;
  }
  refuseAmbiguous(text, tokens);
  return { tokens, commented };
}

/**
 * Refuses what the library and go-yaml both read, each in its way: in brackets, a colon or a
 * question mark that go-yaml takes for a part of the text or for a sign of its own; and a second
 * end of a document, which is one more document to the library.
 */
function refuseAmbiguous(text: string, tokens: readonly SourceToken[]): void {
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    if (token.kind === "flow start") depth++;
    else if (token.kind === "flow end") depth--;
    else if (token.kind === "document end" && before?.kind === "document end") {
      throw refuse(text, token.start, "a second end of a document");
    }
    if (depth === 0) continue;
    const plain = token.kind === "plain" ? text.slice(token.start, token.end) : "";
    if (token.kind === "key" || plain.includes("?") || plain.startsWith(":")) {
      throw refuse(text, token.start, "a question mark or a colon in brackets, which wants quotes");
    }
    const glued = token.kind === "value" && before?.kind === "plain" &&
      /[,[\]{}]/.test(text.charAt(token.end));
    if (glued) throw refuse(text, token.start, "a colon without a space after it");
  }
}
