import { findFiles } from "../../access/find.ts";
import { type Failed, look, type Seen } from "../../access/look.ts";
import { type RuleBook, RuleBooks } from "../../access/rule_books.ts";
import { parentOf } from "../../platform/paths.ts";
import { loadNative } from "../../sops/native.ts";
import type { Context } from "../command.ts";

/** The secrets files that a command is about. */
export interface Gathered {
  readonly seen: readonly Seen[];
  readonly failed: readonly Failed[];
  readonly books: RuleBooks;
  /** Whether paths were given, rather than all meant. */
  readonly chosen: boolean;
  /** The name of a key: what a comment in the rules calls it. */
  readonly nameOf: (id: string) => string | undefined;
}

/** From so many files on, loading OpenSSL is won back. */
const manyFiles = 8;

/**
 * Finds and reads the files that paths mean; without any, all in the folder of the nearest
 * `.sops.yaml`, or the working folder where there is none.
 */
export async function gather(context: Context, paths: readonly string[]): Promise<Gathered> {
  const { env, cwd } = context;
  const books = new RuleBooks(env, cwd);
  const rules = books.pathFor(cwd);
  const all = rules === undefined || env.SOPS_CONFIG ? cwd : parentOf(rules);
  const candidates = await findFiles(paths.length > 0 ? paths : [all], cwd);
  const { seen, failed } = await look(candidates, books, cwd);
  if (seen.length >= manyFiles) await loadNative();
  const used = new Set(seen.flatMap(({ book }) => book ?? []));
  if (used.size === 0 && rules !== undefined) used.add(await books.at(rules));
  return { seen, failed, books, chosen: paths.length > 0, nameOf: nameIn([...used]) };
}

/** @returns what the comments of any of these rules call a key */
export function nameIn(books: readonly RuleBook[]): (id: string) => string | undefined {
  return (id) => books.flatMap(({ names }) => names.get(id) ?? [])[0];
}
