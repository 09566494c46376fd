import { editRules, type RulesEdit } from "../../access/edit_rules.ts";
import { findFiles } from "../../access/find.ts";
import { look, type Seen } from "../../access/look.ts";
import { makeRuleBook, type RuleBook } from "../../access/rule_books.ts";
import { realPath, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { parentOf } from "../../platform/paths.ts";
import { type Action, record } from "../actions.ts";
import type { Context } from "../command.ts";
import { RefusedError } from "../errors.ts";
import { withCleanup } from "../signals.ts";
import { shortPath } from "../shown_path.ts";
import type { RuleOf } from "./carry_out.ts";
import type { Gathered } from "./gather.ts";
import { filesText, someFiles } from "./words.ts";

/** Which rules of which files are meant. */
export type Targets = ReadonlyMap<RuleBook, ReadonlySet<number>>;

/**
 * The rules of the files that were found.
 *
 * @param wants whether a rule is meant at all
 * @throws {RefusedError} when a rule is for more files than were given
 */
export async function targetsOf(
  context: Context,
  found: Gathered,
  wants: (book: RuleBook, index: number) => Promise<boolean>,
): Promise<Targets> {
  const targets = new Map<RuleBook, Set<number>>();
  const add = async (book: RuleBook, index: number) => {
    if (!targets.get(book)?.has(index) && await wants(book, index)) {
      targets.set(book, (targets.get(book) ?? new Set()).add(index));
    }
  };
  for (const { book, placed } of found.seen) if (book && placed) await add(book, placed.index);
  if (!found.chosen) {
    const path = found.books.pathFor(context.cwd);
    const book = path === undefined ? undefined : await found.books.at(path);
    for (const index of book?.rules.creationRules.keys() ?? []) await add(book!, index);
  } else await refuseMore(context, found, targets);
  return targets;
}

async function refuseMore(context: Context, found: Gathered, targets: Targets): Promise<void> {
  const known = new Set(found.seen.map(({ real }) => real));
  for (const [book, indices] of targets) {
    const folder = context.env.SOPS_CONFIG ? context.cwd : parentOf(book.path);
    const all = await look(await findFiles([folder], context.cwd), found.books, context.cwd);
    const more = all.seen.filter((each) =>
      !known.has(each.real) && each.book === book && each.placed && indices.has(each.placed.index)
    ).map(({ shown }) => shown);
    if (more.length === 0) continue;
    throw new RefusedError(
      `The rule for these files is for ${filesText(more.length)} more: ${someFiles(more)}`,
      `name them as well, or give these files a rule of their own in ${shownRules(context, book)}`,
      "rule_covers_more",
    );
  }
}

/** How a rules file is called. */
export function shownRules(context: Context, { path }: Pick<RuleBook, "path">): string {
  return path.startsWith(`${context.cwd}/`)
    ? path.slice(context.cwd.length + 1)
    : shortPath(path, context);
}

/** Rules as they are to be. */
export interface RulesChange {
  readonly before: RuleBook;
  readonly after: RuleBook;
}

/** @throws {RulesLayoutError} where rules cannot be changed by a program */
export async function editBooks(
  context: Context,
  targets: Targets,
  edit: Omit<RulesEdit, "rules">,
): Promise<RulesChange[]> {
  const changes: RulesChange[] = [];
  for (const [before, rules] of targets) {
    const text = await editRules(before.text, shownRules(context, before), { ...edit, rules });
    if (text === before.text) continue;
    changes.push({ before, after: await makeRuleBook(before.path, before.snapshot, text) });
  }
  return changes;
}

/** @returns finds the rule of a file in the changed rules */
export function ruleAfter(changes: readonly RulesChange[]): RuleOf {
  const after = new Map(changes.map(({ before, after }) => [before, after]));
  return async ({ book, path }: Seen) => {
    const now = book && (after.get(book) ?? book);
    const placed = await now?.ruleOf(path);
    return now && placed ? { book: now, placed } : undefined;
  };
}

/** The lines that change, as a diff. */
export async function diffOf(
  context: Context,
  changes: readonly RulesChange[],
): Promise<string[]> {
  if (changes.length === 0) return [];
  const { structuredPatch } = await import("diff");
  return changes.flatMap(({ before, after }) => {
    const { hunks } = structuredPatch("", "", before.text, after.text, "", "", { context: 0 });
    const lines = hunks.flatMap(({ lines }) => lines).filter((line) => !line.startsWith("\\"));
    return [`${shownRules(context, before)}:`, ...lines.map((line) => `  ${line.trimEnd()}`)];
  });
}

/**
 * Writes changed rules, under the lock of their folder.
 *
 * @param who for the log of actions: who comes into the rules, or goes out of them
 * @returns how they are called
 * @throws {ConflictError} when somebody changed them meanwhile
 * @throws {FileError}
 */
export async function writeRules(
  context: Context,
  changes: readonly RulesChange[],
  who: Pick<Action, "action" | "added" | "removed">,
): Promise<string[]> {
  for (const { before, after } of changes) {
    const real = realPath(before.path);
    const bytes = new TextEncoder().encode(after.text);
    await withCleanup(() => {}, () =>
      withDirectoryLock(
        parentOf(real),
        () => replaceFile(real, bytes, { expect: before.snapshot }),
      ));
    record(context, { ...who, step: "rules", file: real });
  }
  return changes.map(({ before }) => shownRules(context, before));
}
