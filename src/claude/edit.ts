import { createScanner, type Node, type SyntaxKind } from "jsonc-parser";
import { parseSettings, properties, valueOf } from "./settings.ts";

/** A value that we write: text, or lists and objects of it. */
export type Json = string | readonly Json[] | { readonly [key: string]: Json };

/** The place in a document where something else stands than what has to. */
export class ShapeError extends Error {
  override name = "ShapeError";
  constructor(readonly path: readonly string[], readonly expected: "an object" | "a list") {
    super(`"${path.join(".")}" is not ${expected}`);
  }
}

/**
 * Sets a value, and makes the objects on the way to it. All else stays byte for byte: comments,
 * order, indentation, line ends.
 *
 * @param text a document without syntax errors (`parseSettings`), or an empty one
 * @param path names, outermost first
 * @returns the new text; the same where the value is set already
 * @throws {ShapeError} when something on the way is no object
 */
export function setValue(text: string, path: readonly string[], value: Json): string {
  const root = parseSettings(text).root;
  if (root === undefined) return `${JSON.stringify(nested(path, value), null, 2)}\n`;
  let object = root;
  for (const [depth, name] of path.entries()) {
    if (object.type !== "object") throw new ShapeError(path.slice(0, depth), "an object");
    const found = valueOf(object, name);
    if (found === undefined) {
      const inner = nested(path.slice(depth + 1), value);
      return insertMember(text, object, `${JSON.stringify(name)}: `, inner);
    }
    object = found;
  }
  if (object.type === "string" && object.value === value) return text;
  const indent = indentOfLine(text, object.offset);
  return splice(text, object.offset, end(object), printed(value, indent, styleOf(text)));
}

/**
 * Adds a text to a list, and makes the list and the objects on the way to it.
 *
 * @returns the new text; the same where the list has it
 * @throws {ShapeError}
 */
export function addToList(text: string, path: readonly string[], item: string): string {
  const list = find(text, path);
  if (list === undefined) return setValue(text, path, [item]);
  if (list.type !== "array") throw new ShapeError(path, "a list");
  if (list.children?.some((each) => each.value === item)) return text;
  return insertMember(text, list, "", item);
}

/**
 * Removes a property wherever it stands (JSON allows it twice), with the comment behind it on its
 * line. An object or a list that is left empty by it goes too, but for the root.
 */
export function removeValue(text: string, path: readonly string[]): string {
  const parent = find(text, path.slice(0, -1));
  const name = path.at(-1);
  const [first, ...more] = name === undefined ? [] : properties(parent, name);
  if (parent === undefined || first === undefined) return text;
  const alone = parent.children?.length === 1;
  if (alone && path.length > 1 && !hasComment(text, parent)) {
    return removeValue(text, path.slice(0, -1));
  }
  const removed = removeMember(text, parent, first);
  return more.length ? removeValue(removed, path) : removed;
}

/** Removes a text from a list; the list goes too where nothing is left of it. */
export function removeFromList(text: string, path: readonly string[], item: string): string {
  const list = find(text, path);
  const found = list?.type === "array"
    ? list.children?.find((each) => each.value === item)
    : undefined;
  if (list === undefined || found === undefined) return text;
  if (list.children?.length === 1 && !hasComment(text, list)) return removeValue(text, path);
  return removeFromList(removeMember(text, list, found), path, item);
}

function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
}

function find(text: string, path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>(
    (node, name) => valueOf(node, name),
    parseSettings(text).root,
  );
}

/** Adds a last member to an object or a list, in the style of those that are there. */
function insertMember(text: string, container: Node, label: string, value: Json): string {
  const style = styleOf(text);
  const last = container.children?.at(-1);
  const close = end(container) - 1;
  if (last === undefined) {
    const outer = indentOfLine(text, container.offset);
    const indent = outer + style.unit;
    const before = text.slice(container.offset + 1, close).trimEnd();
    const member = `${label}${printed(value, indent, style)}`;
    const content = `${before}${style.eol}${indent}${member}${style.eol}${outer}`;
    return splice(text, container.offset + 1, close, content);
  }
  const comma = commaAfter(text, end(last));
  const after = comma === undefined ? end(last) : comma + 1;
  if (!/[\r\n]/.test(text.slice(after, close))) {
    const member = `${label}${printed(value, indentOfLine(text, last.offset), style)}`;
    return comma === undefined
      ? splice(text, after, after, `, ${member}`)
      : splice(text, after, after, ` ${member},`);
  }
  const startsLine = /^[ \t]*$/.test(text.slice(lineStart(text, last.offset), last.offset));
  const indent = startsLine
    ? indentOfLine(text, last.offset)
    : indentOfLine(text, container.offset) + style.unit;
  const member = `${label}${printed(value, indent, style)}${comma === undefined ? "" : ","}`;
  const lineEnd = endOfRemarks(text, after);
  const inserted = splice(text, lineEnd, lineEnd, `${style.eol}${indent}${member}`);
  return comma === undefined ? splice(inserted, end(last), end(last), ",") : inserted;
}

/** Takes a member out with its comma, and with its lines where it has them for itself. */
function removeMember(text: string, container: Node, member: Node): string {
  const members = container.children ?? [];
  const previous = members[members.indexOf(member) - 1];
  const comma = commaAfter(text, end(member));
  let start = member.offset;
  let stop = comma === undefined ? end(member) : comma + 1;
  const lead = lineStart(text, start);
  const lineEnd = endOfRemarks(text, stop);
  const ownLines = /^[ \t]*$/.test(text.slice(lead, start)) &&
    /^(\r\n|\r|\n)/.test(text.slice(lineEnd));
  if (ownLines) {
    start = lead;
    stop = lineEnd + (text.startsWith("\r\n", lineEnd) ? 2 : 1);
  } else if (comma !== undefined) {
    while (/[ \t]/.test(text[stop] ?? "")) stop++;
  } else if (previous) {
    const gap = text.slice(end(previous), start);
    if (/^\s*,\s*$/.test(gap)) start = end(previous);
  }
  const removed = splice(text, start, stop, "");
  if (comma !== undefined || previous === undefined) return removed;
  // The last one is gone, so the one before it has a comma too many.
  const tooMany = commaAfter(removed, end(previous));
  return tooMany === undefined ? removed : splice(removed, tooMany, tooMany + 1, "");
}

interface Style {
  /** One level of indentation. */
  readonly unit: string;
  /** The end of a line. */
  readonly eol: string;
}

/** How the document is laid out: the first property's indentation and the first line's end. */
function styleOf(text: string): Style {
  const eol = text.match(/\r\n|\n|\r/)?.[0] ?? "\n";
  const first = parseSettings(text).root?.children?.[0];
  const indent = first && indentOfLine(text, first.offset);
  return { unit: indent || "  ", eol };
}

function printed(value: Json, indent: string, { unit, eol }: Style): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
}

/** The kinds of tokens that matter here. The library has them as a `const enum`, out of reach. */
const token = { comma: 5, lineComment: 12, blockComment: 13, endOfFile: 17 } as const;

function isToken(kind: SyntaxKind, name: keyof typeof token): boolean {
  return Number(kind) === token[name];
}

/** The comma that follows, if only blanks and comments stand before it. */
function commaAfter(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  return isToken(scanner.scan(), "comma") ? scanner.getTokenOffset() : undefined;
}

/** The end of the blanks and comments that follow on the same line. */
function endOfRemarks(text: string, offset: number): number {
  const rest = text.slice(offset).match(/^(?:[ \t]|\/\*[^\r\n]*?\*\/)*(?:\/\/[^\r\n]*)?/);
  return offset + (rest?.[0].length ?? 0);
}

/** Whether a comment stands in a stretch of text that a node covers. */
function hasComment(text: string, node: Node): boolean {
  const scanner = createScanner(text, false);
  scanner.setPosition(node.offset);
  for (;;) {
    const kind = scanner.scan();
    if (isToken(kind, "endOfFile") || scanner.getTokenOffset() >= end(node)) return false;
    if (isToken(kind, "lineComment") || isToken(kind, "blockComment")) return true;
  }
}

function end(node: Node): number {
  return node.offset + node.length;
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
}

function indentOfLine(text: string, offset: number): string {
  return text.slice(lineStart(text, offset)).match(/^[ \t]*/)?.[0] ?? "";
}

function splice(text: string, start: number, stop: number, content: string): string {
  return text.slice(0, start) + content + text.slice(stop);
}
