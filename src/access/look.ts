import { FileError } from "../platform/errors.ts";
import { readFile, type Snapshot } from "../platform/files.ts";
import { type Keys, parseDocument } from "../sops/document.ts";
import { NotEncryptedError } from "../sops/errors.ts";
import { type KeyBlock, scanKeyBlock } from "../sops/key_block.ts";
import type { PlacedRule } from "../sops/rules.ts";
import type { Format } from "../sops/tree.ts";
import { SecretsFileError } from "../store/errors.ts";
import { formatOf } from "../store/find.ts";
import { NoRuleForFileError } from "./errors.ts";
import type { Candidate } from "./find.ts";
import type { RuleBook, RuleBooks } from "./rule_books.ts";

/** An encrypted file as it was seen, without a key. Nothing in it has been verified. */
export interface Seen {
  /** Absolute, as it was named or found. */
  readonly path: string;
  /** Where it really is. */
  readonly real: string;
  /** As the user would name it. */
  readonly shown: string;
  readonly named: boolean;
  readonly format: Format;
  /** For whom it is encrypted, as it says itself. */
  readonly keys: Keys;
  readonly snapshot: Snapshot;
  /** Where only its keys need be written anew. */
  readonly block?: KeyBlock;
  readonly book?: RuleBook;
  /** Absent where no rule is for it. */
  readonly placed?: PlacedRule;
}

/** A file about which something failed. */
export interface Failed {
  readonly shown: string;
  readonly error: unknown;
}

/** What was found under some names. */
export interface Look {
  readonly seen: readonly Seen[];
  readonly failed: readonly Failed[];
}

/** Larger ones are no files of secrets; SOPS takes minutes for them. */
const largest = 512 * 1024 * 1024;

/**
 * Reads all secrets files among some files. What is not encrypted is passed over, unless it was
 * named itself.
 */
export async function look(
  candidates: readonly Candidate[],
  books: RuleBooks,
  cwd: string,
): Promise<Look> {
  const seen: Seen[] = [];
  const failed: Failed[] = [];
  for (const candidate of candidates) {
    const shown = shownPath(candidate.path, cwd);
    try {
      const file = await lookAt(candidate, shown, books);
      if (file) seen.push(file);
    } catch (error) {
      failed.push({ shown, error: about(shown, error) });
    }
  }
  return { seen, failed };
}

/**
 * @returns nothing for what is no secrets file
 * @throws {NotEncryptedError} for one that was named itself
 */
async function lookAt(
  { path, real, named }: Candidate,
  shown: string,
  books: RuleBooks,
): Promise<Seen | undefined> {
  const snapshot = readFile(real);
  const { bytes } = snapshot;
  if (!named && (bytes.length > largest || !mayBeEncrypted(bytes))) return undefined;
  const format = formatOf(path);
  const keys = await keysIn(bytes, format, named);
  if (!keys) return undefined;
  const book = await books.for(path);
  const placed = await book?.ruleOf(path);
  return {
    path,
    real,
    shown,
    named,
    format,
    snapshot,
    ...keys,
    ...(book ? { book } : {}),
    ...(placed ? { placed } : {}),
  };
}

/** Reads the keys of a file. */
export async function keysIn(
  bytes: Uint8Array<ArrayBuffer>,
  format: Format,
  named: boolean,
): Promise<{ readonly keys: Keys; readonly block?: KeyBlock } | undefined> {
  const block = scanKeyBlock(bytes, format);
  if (block) return { keys: { groups: [block.keys] }, block };
  try {
    const { metadata: { groups, shamirThreshold } } = await parseDocument(bytes, format);
    return { keys: { groups, ...(shamirThreshold === undefined ? {} : { shamirThreshold }) } };
  } catch (error) {
    // Prose and programs have these words in them, too.
    const passes = error instanceof NotEncryptedError || format === "binary";
    if (!named && passes) return undefined;
    throw error;
  }
}

const marks = ["ENC[AES256_GCM,", "lastmodified"] as const;

/** Whether a file has what every encrypted file has, whatever its format. */
function mayBeEncrypted(bytes: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(bytes);
  return marks.every((mark) => text.includes(mark));
}

/** @returns the rule of a file and its rules */
export function ruled(seen: Seen): { readonly book: RuleBook; readonly placed: PlacedRule } {
  const { book, placed } = seen;
  if (!book || !placed) throw new NoRuleForFileError(book?.path);
  return { book, placed };
}

function shownPath(path: string, cwd: string): string {
  const prefix = cwd === "/" ? "/" : `${cwd}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

function about(shown: string, error: unknown): unknown {
  return error instanceof FileError || error instanceof Error && isOfFormat(error)
    ? new SecretsFileError("open", shown, error)
    : error;
}

function isOfFormat({ name }: Error): boolean {
  return ["FormatError", "MetadataError", "NotEncryptedError", "UnholdableError"].includes(name);
}
