import {
  createScanner,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { readIfThere } from "../platform/optional.ts";
import { Secret } from "../sops/secret.ts";
import { type Place, type Scope, settingsPlaces, type Surroundings } from "./places.ts";

/** A value with the place that it comes from, so that a message can name file and line. */
export interface Located<T> {
  readonly value: T;
  readonly scope: Scope;
  /** Absolute path. */
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** Where in the document: `["env", "AWS_PROFILE"]`. */
  readonly path: readonly (string | number)[];
}

/** Why Claude Code does not read a file, or not all of it. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly reason: string;
  /** Claude Code skips the file, but what it says is known to us all the same. */
  readonly lax?: true;
}

/** Settings that are one string each. */
export type SettingName = "awsCredentialExport" | "awsAuthRefresh" | "apiKeyHelper" | "model";

const settingNames: readonly SettingName[] = [
  "awsCredentialExport",
  "awsAuthRefresh",
  "apiKeyHelper",
  "model",
];

/** What one settings file says of the things that matter here. */
export interface Settings {
  /** The `env` block; values are secrets until someone knows that they are not. */
  readonly env: ReadonlyMap<string, Located<Secret>>;
  /** Commands may hold secrets too (`echo sk-…`), so these are kept alike. */
  readonly values: Readonly<Partial<Record<SettingName, Located<Secret>>>>;
  /** `permissions.deny`, in order. */
  readonly deny: readonly Located<string>[];
}

/** One settings file as it was read. */
export interface SettingsLayer extends Settings, Place {
  /** Set when Claude Code skips the file: no JSON, or comments, which it takes for an error. */
  readonly problem?: Problem;
}

/** A settings document with its positions. */
export interface SettingsDocument {
  /** Without a byte order mark. */
  readonly text: string;
  readonly root: Node | undefined;
  /** Stops everything: the text is not JSON even with comments allowed. */
  readonly broken?: { readonly offset: number; readonly reason: string };
  /** A comment or a trailing comma: kept by us, refused by Claude Code, which wants strict JSON. */
  readonly lax?: { readonly offset: number; readonly reason: string };
}

/**
 * Reads a settings document, with comments and trailing commas allowed.
 *
 * @param text without a byte order mark; an empty text is an empty document
 */
export function parseSettings(text: string): SettingsDocument {
  if (text.trim() === "") return { text, root: undefined };
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    return { text, root: undefined, broken: { offset: deep, reason: "it is nested too deep" } };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const first = errors[0];
  if (first) return { text, root: undefined, broken: inWords(first) };
  if (root?.type !== "object") {
    return { text, root: undefined, broken: { offset: 0, reason: "it is not a JSON object" } };
  }
  const strict: ParseError[] = [];
  parseTree(text, strict, { disallowComments: true });
  const [lax] = strict;
  return { text, root, lax: lax && inWords(lax) };
}

/** Levels beyond which nothing is read; no setting needs ten. */
const deepest = 200;

/** @see SyntaxKind of jsonc-parser, a `const enum` that cannot be imported */
const [openBrace, closeBrace, openBracket, closeBracket, endOfFile] = [1, 2, 3, 4, 17];

/** Where a document is nested so deep that reading it would end the process. */
function tooDeepAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  for (let depth = 0; depth <= deepest;) {
    const kind = Number(scanner.scan());
    if (kind === openBrace || kind === openBracket) depth++;
    else if (kind === closeBrace || kind === closeBracket) depth--;
    else if (kind === endOfFile) return undefined;
  }
  return scanner.getTokenOffset();
}

function inWords(error: ParseError): { offset: number; reason: string } {
  const code = printParseErrorCode(error.error);
  const reason = code === "InvalidCommentToken"
    ? "a comment, which JSON does not have"
    : code === "PropertyNameExpected" || code === "ValueExpected"
    ? "a value or a name is missing, perhaps after a trailing comma"
    : code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return { offset: error.offset, reason };
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

/** All properties of an object with that name. JSON takes the last one; there may be several. */
export function properties(object: Node | undefined, name: string): Node[] {
  if (object?.type !== "object") return [];
  return (object.children ?? []).filter((property) => property.children?.[0]?.value === name);
}

/** The value that JSON gives to a name of an object, or nothing. */
export function valueOf(object: Node | undefined, name: string): Node | undefined {
  return properties(object, name).at(-1)?.children?.[1];
}

/** A settings file as text. */
export interface SettingsText {
  /** Without the byte order mark; it may hold keys. */
  readonly text: Secret;
  /** Whether the file begins with a byte order mark. */
  readonly marked: boolean;
}

/**
 * Decodes a settings file.
 *
 * @throws {TypeError} when it is not UTF-8
 */
export function settingsText(bytes: Uint8Array): SettingsText {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const marked = text.startsWith("\uFEFF");
  return { text: new Secret(marked ? text.slice(1) : text), marked };
}

/**
 * Reads one settings file.
 *
 * @returns nothing where there is no such file; a layer with a `problem` where it cannot be read
 */
export function readLayer(place: Place): SettingsLayer | undefined {
  try {
    const bytes = readIfThere(place.path);
    return bytes && layerOf(place, settingsText(bytes).text.reveal());
  } catch (error) {
    const reason = error instanceof TypeError
      ? "it is not UTF-8"
      : error instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : "it cannot be read";
    return { ...place, ...nothing, problem: { file: place.path, reason } };
  }
}

const nothing: Settings = { env: new Map(), values: {}, deny: [] };

/**
 * What a settings text says; pure.
 *
 * @param text without a byte order mark
 */
export function layerOf(place: Place, text: string): SettingsLayer {
  const document = parseSettings(text);
  const fault = document.broken ?? document.lax;
  const problem = fault &&
    {
      file: place.path,
      line: lineOf(text, fault.offset),
      reason: fault.reason,
      ...(document.broken ? {} : { lax: true as const }),
    };
  if (document.broken) return { ...place, ...nothing, problem };

  const located = <T>(node: Node, path: readonly (string | number)[], value: T): Located<T> => ({
    value,
    scope: place.scope,
    file: place.path,
    line: lineOf(text, node.offset),
    path,
  });
  const env = new Map<string, Located<Secret>>();
  const block = valueOf(document.root, "env");
  for (const property of block?.type === "object" ? block.children ?? [] : []) {
    const [key, value] = property.children ?? [];
    if (typeof key?.value !== "string" || value === undefined) continue;
    if (!["string", "number", "boolean"].includes(value.type)) continue;
    env.set(key.value, located(value, ["env", key.value], new Secret(String(value.value))));
  }
  const values: Partial<Record<SettingName, Located<Secret>>> = {};
  for (const name of settingNames) {
    const node = valueOf(document.root, name);
    if (node?.type === "string") values[name] = located(node, [name], new Secret(node.value));
  }
  const denied = valueOf(valueOf(document.root, "permissions"), "deny");
  const deny = (denied?.type === "array" ? denied.children ?? [] : [])
    .map((node, index) =>
      located(node, ["permissions", "deny", index], getNodeValue(node) as unknown)
    )
    .filter((rule): rule is Located<string> => typeof rule.value === "string");
  return { ...place, env, values, deny, problem };
}

/**
 * Every settings file that Claude Code would read and that exists, highest precedence first.
 */
export function readSettings(surroundings: Surroundings): SettingsLayer[] {
  return settingsPlaces(surroundings).map(readLayer).filter((layer) => layer !== undefined);
}

/** All layers as one, each value from the highest layer that has it. */
export interface EffectiveSettings extends Settings {
  /** Files that Claude Code skips; nothing of them is in the rest. */
  readonly problems: readonly Problem[];
}

/**
 * Merges layers as Claude Code does: `env` variable by variable and single values from the highest
 * layer, lists joined.
 *
 * @param layers highest precedence first
 */
export function effectiveSettings(layers: readonly SettingsLayer[]): EffectiveSettings {
  const read = layers.filter((layer) => layer.problem === undefined);
  const env = new Map<string, Located<Secret>>();
  const values: Partial<Record<SettingName, Located<Secret>>> = {};
  for (const layer of read) {
    for (const [name, value] of layer.env) if (!env.has(name)) env.set(name, value);
    for (const name of settingNames) values[name] ??= layer.values[name];
  }
  return {
    env,
    values,
    deny: read.flatMap((layer) => layer.deny),
    problems: layers.map((layer) => layer.problem).filter((problem) => problem !== undefined),
  };
}
