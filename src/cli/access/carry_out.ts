import { TreeChange, type Work } from "../../access/change.ts";
import { Crew } from "../../access/crew.ts";
import type { Failed, Seen } from "../../access/look.ts";
import {
  type FilePlan,
  idsOf,
  keysOf,
  lockedOut,
  planFile,
  proposalOf,
  type Wish,
} from "../../access/plan.ts";
import type { RuleBook } from "../../access/rule_books.ts";
import { NoRuleForFileError } from "../../access/errors.ts";
import { now } from "../../platform/clock.ts";
import type { Identity } from "../../sops/keys/identity.ts";
import type { PlacedRule } from "../../sops/rules.ts";
import type { LoadedIdentities } from "../../store/identities.ts";
import { type ActionName, actionNames, record } from "../actions.ts";
import { askingOf } from "../asking.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { forOpening, identitiesOf } from "../open.ts";
import { withCleanup } from "../signals.ts";
import type { ChangeFlags } from "./flags.ts";
import type { Gathered } from "./gather.ts";
import { progressOf } from "./progress.ts";
import { failureOf, filesText, proposalLines, someFiles } from "./words.ts";

/** Files with what is to be done to them. */
export interface Planned {
  readonly work: readonly Work[];
  /** Those that need nothing. */
  readonly idle: readonly Seen[];
  /** Those that were found and that no rule is for. */
  readonly unruled: readonly Seen[];
  readonly failed: readonly Failed[];
}

/** The rule that is to count for a file, which may be an edited one. */
export type RuleOf = (
  seen: Seen,
) => Promise<{ readonly book: RuleBook; readonly placed: PlacedRule } | undefined>;

/** By the rules as they stand in their files. */
const ruleAsIs: RuleOf = ({ book, placed }) =>
  Promise.resolve(book && placed ? { book, placed } : undefined);

/** Works out what each file needs. */
export async function planFiles(
  { seen, failed: before }: Pick<Gathered, "seen" | "failed">,
  wish: Wish,
  ruleOf: RuleOf = ruleAsIs,
): Promise<Planned> {
  const work: Work[] = [];
  const idle: Seen[] = [];
  const unruled: Seen[] = [];
  const failed: Failed[] = [...before];
  for (const each of seen) {
    const ruled = await ruleOf(each);
    if (!ruled) {
      const wanted = each.named ||
        (wish.kind === "remove" && idsOf(each.keys.groups).some((id) => wish.ids.has(id)));
      if (wanted) {
        failed.push({ shown: each.shown, error: new NoRuleForFileError(each.book?.path) });
      } else unruled.push(each);
      continue;
    }
    const { book, placed: { rule } } = ruled;
    const plan = planFile(each.keys, rule, wish);
    const layout = book.rules.layouts[each.format];
    if (plan.step === "none") idle.push(each);
    else if (rule.groups.some((group) => group.length === 0)) {
      const refused = new RefusedError(
        `Cannot change "${each.shown}": its rule names nobody who could open it`,
        undefined,
        "nobody",
      );
      failed.push({ shown: each.shown, error: refused });
    } else work.push({ seen: each, plan, keys: keysOf(rule), ...(layout ? { layout } : {}) });
  }
  return { work, idle, unruled, failed };
}

/** The identities for some files, and whom they are. */
export interface Own {
  readonly loaded: LoadedIdentities;
  readonly recipients: ReadonlySet<string>;
}

/** Loads the identities that may open these files; nobody is asked anything yet. */
export async function ownIdentities(
  context: Context,
  files: readonly Pick<Seen, "keys">[],
  wanted: readonly Work[],
  engine: ChangeFlags["engine"],
): Promise<Own> {
  const groups = [
    ...files.flatMap(({ keys }) => keys.groups),
    ...wanted.flatMap(({ keys }) => keys.groups),
  ];
  const recipients = idsOf(files.flatMap(({ keys }) => keys.groups))
    .filter((id) => id.startsWith("age1") || id.startsWith("ssh-"));
  const loaded = await identitiesOf(context, recipients, {
    groups,
    ...(engine ? { engine } : {}),
  });
  return { loaded, recipients: await recipientsOf(loaded.identities) };
}

async function recipientsOf(identities: readonly Identity[]): Promise<ReadonlySet<string>> {
  const { recipientOf } = await import("../../sops/keys/identity.ts");
  const found = await Promise.all(identities.map(async (each) => {
    if (each.kind === "x25519") return await recipientOf(each);
    if (each.kind === "opener") return each.recipient;
    if (each.kind !== "hybrid") return undefined;
    const { identityToRecipient } = await import("age-encryption");
    return await identityToRecipient(each.secret.reveal());
  }));
  return new Set(found.filter((each) => each !== undefined));
}

/** What a command says and asks before it changes files. */
export interface Asking {
  readonly context: Context;
  readonly flags: ChangeFlags;
  /** `credsmith access sync`, for hints. */
  readonly command: string;
  /** What is done to files: `get other recipients`, `get new data keys`. */
  readonly does: string;
  readonly nameOf: (id: string) => string | undefined;
  /** Lines of the rules that change, as a diff. */
  readonly rulesDiff?: readonly string[];
}

/**
 * Shows who gains and who loses access, and asks.
 *
 * @throws {RefusedError} when nobody here could open the files any more, or the answer is no
 * @throws {UsageError} when nobody can be asked
 */
export async function confirmChange(asking: Asking, planned: Planned, own: Own): Promise<void> {
  const { context: { env, terminal }, flags, command, does, nameOf, rulesDiff = [] } = asking;
  const { work, idle, unruled } = planned;
  const out = lockedOut(
    work.map(({ seen, keys }) => ({ file: seen.shown, before: seen.keys, after: keys })),
    own.recipients,
  );
  const say = flags.dryRun ? terminal.line : terminal.note;
  if (!flags.json) {
    for (const line of rulesDiff) say(line);
    const all = work.length + idle.length;
    if (work.length > 0) {
      const of = work.length === all ? filesText(all) : `${work.length} of ${filesText(all)}`;
      say(`${of} ${flags.dryRun ? "would" : "will"} ${does}`);
    }
    const plans = work.map(({ seen, plan }) => ({ file: seen.shown, plan }));
    const inRules = new Set(work.flatMap(({ keys }) => idsOf(keys.groups)));
    const options = { nameOf, own: own.recipients, inRules };
    for (const line of proposalLines(proposalOf(plans), options)) say(line);
    const regrouped = work.filter(({ plan }) => plan.regrouped).map(({ seen }) => seen.shown);
    if (regrouped.length > 0) say(`  other key groups: ${someFiles(regrouped)}`);
    if (unruled.length > 0) {
      say(`No rule is for ${someFiles(unruled.map(({ shown }) => shown))}: left alone`);
    }
  }
  if (out.length > 0 && !flags.withoutMe) {
    throw new RefusedError(
      `None of your identities would open ${someFiles(out)} any more`,
      "add your new recipient first (credsmith access add), or say --without-me",
      "without_you",
    );
  }
  if (flags.dryRun || flags.yes || work.length + rulesDiff.length === 0) return;
  if (!terminal.interactive) {
    throw new UsageError(
      "Cannot change who can open the files without being sure",
      `confirm with --yes: ${command} --yes; --dry-run only shows it`,
      "confirmation_needed",
    );
  }
  const { systemPrompts } = await import("../prompts/system.ts");
  const what = [
    ...(rulesDiff.length > 0 ? [".sops.yaml"] : []),
    ...(work.length > 0 ? [filesText(work.length)] : []),
  ].join(" and ");
  if (!await systemPrompts(env).confirm(`Change ${what}?`, false)) {
    throw new RefusedError("Nothing was changed", undefined, "not_confirmed");
  }
}

/** What was done. */
export interface Done {
  readonly changed: readonly Work[];
  readonly failed: readonly Failed[];
}

/** Changes the files. A signal meanwhile leaves each as it was, or as it is to be. */
export async function changeFiles(
  context: Context,
  work: readonly Work[],
  { loaded }: Own,
): Promise<Done> {
  if (work.length === 0) {
    context.narrow(["env"]);
    return { changed: [], failed: [] };
  }
  const { identities, sources, services = [] } = loaded;
  const { connect } = askingOf(context);
  const asks = identities.some((each) => each.kind === "opener" && each.asks) ||
    work.some(({ keys }) => idsOf(keys.groups).some(isPlugin));
  const crew = new Crew(work.length, { identities, services, connect }, now);
  context.narrow([
    "read",
    "write",
    "env",
    ...forOpening({ asks, services: services.length > 0 }),
  ]);
  const progress = progressOf(context, work.length, "files");
  const change = new TreeChange(crew, { sources, progress: progress.at });
  try {
    return await withCleanup(() => {
      change.abandon();
      progress.end();
    }, () => change.run(work));
  } finally {
    progress.end();
    crew.close();
    for (const service of services) await service.close?.();
  }
}

function isPlugin(id: string): boolean {
  return id.startsWith("age1") && id.lastIndexOf("1") > 3 && !id.startsWith("age1pq1");
}

/** Everything that a command did, for its end. */
export interface Outcome {
  readonly planned: Planned;
  readonly done: Done;
  /** Rules files that were changed, as they are called. */
  readonly rules?: readonly string[];
  /** More for `--json`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * Says what was done and what failed.
 *
 * @returns the exit code: 9 where a part failed; where nothing was done at all, that failure's own
 */
export async function reportOutcome(asking: Asking, outcome: Outcome): Promise<number> {
  const { context: { terminal }, flags } = asking;
  const { planned, done, rules = [], more = {} } = outcome;
  const failures = await Promise.all([...planned.failed, ...done.failed].map(failureOf));
  const { changed } = done;
  const exit = exitOf(failures, changed.length + rules.length + planned.idle.length);
  if (flags.json) {
    const would = flags.dryRun ? planned.work : changed;
    terminal.line(JSON.stringify({
      version: 1,
      ok: failures.length === 0,
      dryRun: flags.dryRun,
      rules,
      changed: would.map(({ seen, plan }) => documentOf(seen, plan)),
      unchanged: planned.idle.map(({ shown }) => shown),
      unruled: planned.unruled.map(({ shown }) => shown),
      failed: failures.map(({ exit: _, ...rest }) => rest),
      ...more,
    }));
  }
  for (const { message, hint } of failures) {
    terminal.note(message);
    if (hint) terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
  }
  if (!flags.dryRun && changed.length > 0) recordAccess(asking, changed);
  if (flags.json || flags.dryRun) return exit;
  for (const file of rules) terminal.note(`Changed ${file}`);
  if (changed.length > 0) {
    const all = changed.length + failures.length;
    const of = changed.length === all ? filesText(all) : `${changed.length} of ${filesText(all)}`;
    terminal.note(`Changed ${of}`);
  }
  if (failures.length > 0) {
    // New data keys alone leave nothing to see that a file has had them.
    const renewed = changed.some(({ plan }) => plan.step === "renew" && plan.loses.length === 0);
    const again = renewed ? "run it again for these" : "run it again: only what is left is done";
    terminal.note(`${failures.length} failed; once that is mended, ${again}`);
  } else if (changed.length + rules.length === 0) {
    terminal.note(`Nothing to do: ${filesText(planned.idle.length)} as the rules say`);
  }
  return exit;
}

/** What an action is called that changed who can open files. */
function actionOf(command: string): ActionName {
  const found = actionNames.find((each) => command === `credsmith ${each}`);
  if (found === undefined) throw new TypeError(`"${command}" is no action`);
  return found;
}

function recordAccess({ context, command }: Asking, changed: readonly Work[]): void {
  const ids = (side: "gains" | "loses") =>
    [...new Set(changed.flatMap(({ plan }) => plan[side]))]
      .map((id) => id.replace(/^(?:kms|pgp) /, ""));
  record(context, {
    action: actionOf(command),
    files: changed.map(({ seen }) => seen.real),
    count: changed.length,
    added: ids("gains"),
    removed: ids("loses"),
  });
}

function exitOf(failures: readonly { readonly exit: number }[], rest: number): number {
  if (failures.length === 0) return exitCodes.done;
  return failures.length === 1 && rest === 0 ? failures[0]!.exit : exitCodes.partial;
}

function documentOf({ shown }: Seen, { step, gains, loses, regrouped }: FilePlan) {
  return { file: shown, step, gains, loses, regrouped };
}
