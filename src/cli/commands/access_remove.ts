import { trackedFiles } from "../../access/find.ts";
import { idsOf } from "../../access/plan.ts";
import { encryptedNames } from "../../access/verify.ts";
import type { Work } from "../../access/change.ts";
import { parentOf } from "../../platform/paths.ts";
import { defineCommand } from "../command.ts";
import {
  type Asking,
  changeFiles,
  confirmChange,
  ownIdentities,
  planFiles,
  reportOutcome,
} from "../access/carry_out.ts";
import { changeAliases, changeExits, type ChangeFlags, changeFlags } from "../access/flags.ts";
import { gather } from "../access/gather.ts";
import {
  diffOf,
  editBooks,
  ruleAfter,
  shownRules,
  targetsOf,
  writeRules,
} from "../access/rules_change.ts";
import { namedRecipient, sortArguments } from "../access/who.ts";
import { wrapped } from "../wrap.ts";

export const command = defineCommand<ChangeFlags, string[]>({
  brief: "Take somebody's access, with new data keys",
  description:
    "Takes the recipient out of .sops.yaml, keeping its comments and layout, and gives every file\n" +
    "that it could open a new data key. What was committed before stays readable for whoever has\n" +
    "the old files: the command ends with the values that are to be replaced.\n" +
    "Interrupted, it is run again with the recipient itself, and does what is left.",
  usage: "WHO [PATH]...",
  examples: [
    ["credsmith access remove bob", "by the name that a comment in .sops.yaml gives"],
    ["credsmith access remove age1... hosts/", "from the rules of a folder's files"],
    ["credsmith access remove bob --dry-run", "only shows it, with the values to replace"],
  ],
  exits: changeExits,
  parameters: {
    positional: {
      kind: "array",
      minimum: 1,
      parameter: {
        parse: String,
        placeholder: "WHO",
        brief: "A name or a recipient; then files, folders, globs",
      },
    },
    flags: changeFlags,
    aliases: changeAliases,
  },
  async run(context, flags, ...args) {
    const { terminal } = context;
    const { who, paths } = sortArguments(args);
    const found = await gather(context, paths);
    const rulesPath = found.books.pathFor(context.cwd);
    const ownBook = rulesPath === undefined ? [] : [await found.books.at(rulesPath)];
    const books = new Set([...found.seen.flatMap(({ book }) => book ?? []), ...ownBook]);
    const known = [
      ...new Set([
        ...found.seen.flatMap(({ keys }) => idsOf(keys.groups)),
        ...[...books].flatMap(({ names }) => [...names.keys()]),
      ]),
    ];
    const remove = who.map((each) => namedRecipient(each, known, found.nameOf));
    const names = new Map(remove.map((id) => [id, found.nameOf(id)]));
    const targets = await targetsOf(
      context,
      found,
      async (book, index) => {
        const { recipientsInRule } = await import("../../access/rule_recipients.ts");
        const inRule = recipientsInRule(book.rules, index);
        return remove.some((each) => inRule.includes(each));
      },
    );
    const changes = await editBooks(context, targets, { remove });
    const planned = await planFiles(
      found,
      { kind: "remove", ids: new Set(remove) },
      ruleAfter(changes),
    );
    const asking: Asking = {
      context,
      flags,
      command: "credsmith access remove",
      does: "get new data keys",
      nameOf: (id) => found.nameOf(id) ?? names.get(id),
      rulesDiff: await diffOf(context, changes),
    };
    const { work } = planned;
    const own = await ownIdentities(context, work.map(({ seen }) => seen), work, flags.engine);
    await confirmChange(asking, planned, own);
    const remembered = await rememberedValues(work);
    const rules = flags.dryRun
      ? changes.map(({ before }) => shownRules(context, before))
      : await writeRules(context, changes, { action: "access remove", removed: remove });
    const done = flags.dryRun ? { changed: [], failed: [] } : await changeFiles(context, work, own);
    const exit = await reportOutcome(asking, { planned, done, rules, more: { remembered } });
    if (!flags.json) {
      for (const line of rememberedLines(remembered, remove)) {
        for (const part of wrapped(line, terminal.columns)) terminal.line(part);
      }
    }
    if (exit !== 0 && !flags.json && rules.length > 0) {
      terminal.note(`  credsmith access remove ${remove.join(" ")}`);
    }
    return exit;
  },
});

/** What whoever had access may have kept. */
interface Remembered {
  readonly file: string;
  readonly values: readonly string[];
  /** Whether git keeps the file; nothing where there is no repository. */
  readonly inGit?: boolean;
}

async function rememberedValues(work: readonly Work[]): Promise<Remembered[]> {
  const tracked = new Map<string, ReadonlySet<string> | undefined>();
  const found: Remembered[] = [];
  for (const { seen } of work) {
    const folder = parentOf(seen.real);
    if (!tracked.has(folder)) tracked.set(folder, await trackedFiles(folder));
    const inGit = tracked.get(folder)?.has(seen.real);
    found.push({
      file: seen.shown,
      values: await encryptedNames(seen),
      ...(inGit === undefined ? {} : { inGit }),
    });
  }
  return found;
}

function rememberedLines(all: readonly Remembered[], who: readonly string[]): string[] {
  if (all.length === 0) return [];
  const left = who.length === 1 ? "that recipient" : "those recipients";
  return [
    `Git remembers: ${left} can open every version of these files from before. Replace the values ` +
    "where they are used, and here:",
    ...all.map(({ file, values, inGit }) =>
      `  ${file}${inGit === false ? " (not in git)" : ""}: ${values.join(", ") || "no values"}`
    ),
  ];
}
