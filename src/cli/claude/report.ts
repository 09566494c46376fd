import type { Remark, SettingsEdit } from "../../claude/configure.ts";
import { claimWord } from "../../hygiene/claims.ts";
import type { Buried } from "../../hygiene/replaced.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import type { Fault } from "../faults/fault.ts";
import { shortPath } from "../shown_path.ts";
import type { Applied, ChangeableFile } from "./files.ts";
import type { ConfigureFlags } from "./flags.ts";
import type { Proposal } from "./propose.ts";

/** An edit with its diff, in which secrets are masked. */
export interface Shown {
  readonly edit: SettingsEdit;
  readonly diff: string;
}

/** What a file is called in messages. */
export function shownOf(edit: SettingsEdit, files: readonly ChangeableFile[]): string {
  return files.find((file) => file === edit.file)?.shown ?? edit.file.path;
}

/** Prints a diff, in colour where stdout has it. */
export function showDiff({ terminal }: Context, diff: string): void {
  for (const line of diff.trimEnd().split("\n")) {
    const style = /^(---|\+\+\+)/.test(line)
      ? "bold"
      : line.startsWith("+")
      ? "green"
      : line.startsWith("-")
      ? "red"
      : line.startsWith("@@")
      ? "cyan"
      : undefined;
    terminal.line(style ? terminal.style(style, line) : line);
  }
}

/** Lines about what stays as it is, and what Claude Code would still do otherwise. */
export function warnings(context: Context, { configuration, deviations }: Proposal): string[] {
  return [
    ...configuration.remarks.map((remark) => remarkInWords(remark, context)),
    ...deviations.map(({ what, where }) => `Claude Code would still use another ${what}: ${where}`),
  ];
}

function remarkInWords(remark: Remark, context: Context): string {
  if (remark.kind === "lax") {
    return `${shortPath(remark.file, context)}:${remark.line}: ${remark.reason}; ` +
      "Claude Code wants strict JSON and may skip the file";
  }
  if (remark.kind === "managed") {
    return `Managed settings apply too, and are not changed: "${remark.file}"`;
  }
  const where = `${shortPath(remark.at.file, context)}:${remark.at.line}`;
  return remark.kind === "overridden"
    ? `${where} sets ${remark.name} for everyone; --local overrides it for you`
    : `${where} still holds ${remark.name} in plaintext`;
}

/**
 * Reports what was done.
 *
 * @param diffs of the edits
 * @param applied what became of them; none after a dry run
 * @returns the exit code
 */
export async function conclude(
  context: Context,
  flags: ConfigureFlags,
  proposal: Proposal,
  diffs: readonly Shown[],
  applied: readonly Applied[],
): Promise<number> {
  const { terminal } = context;
  const failures = new Map<SettingsEdit, Fault>();
  for (const each of applied) {
    if ("error" in each) failures.set(each.edit, await explain(each.error));
  }
  if (flags.json) {
    terminal.line(JSON.stringify(reportOf(flags, proposal, diffs, applied, failures)));
  } else {
    for (const each of applied) {
      const shown = shownOf(each.edit, proposal.files);
      if ("buried" in each && each.buried) tellBuried(context, shown, each.buried);
    }
    for (const { message } of failures.values()) terminal.note(message);
    if (diffs.length === 0) terminal.line(already(flags, proposal));
    else if (!flags.dryRun) terminal.line(done(flags, proposal, diffs));
  }
  return failures.size + proposal.deviations.length > 0 ? exitCodes.partial : exitCodes.done;
}

function done(flags: ConfigureFlags, { goal, files }: Proposal, diffs: readonly Shown[]): string {
  const shown = diffs.map(({ edit }) => shownOf(edit, files)).join(", ");
  return flags.remove ? `Taken out of ${shown}` : `Claude Code uses ${goal} (${shown})`;
}

function already(flags: ConfigureFlags, { goal }: Proposal): string {
  return flags.remove
    ? "Nothing to take out: Claude Code's settings have no command of ours"
    : `Claude Code uses ${goal} already; nothing to change`;
}

/** What became of the plaintext, and that a key which lay about should be replaced. */
function tellBuried(context: Context, shown: string, { claim, reason }: Buried): void {
  const more = reason === undefined ? "" : `: ${reason}`;
  context.terminal.line(`The old ${shown}: ${claim}${more}`);
  context.terminal.note("A key lay there in plaintext; replace it: credsmith rotate");
}

function reportOf(
  flags: ConfigureFlags,
  { configuration, deviations, files }: Proposal,
  diffs: readonly Shown[],
  applied: readonly Applied[],
  failures: ReadonlyMap<SettingsEdit, Fault>,
): unknown {
  return {
    version: 1,
    ok: failures.size === 0 && deviations.length === 0,
    dryRun: flags.dryRun,
    already: diffs.length === 0,
    files: diffs.map(({ edit, diff }) => {
      const result = applied.find((each) => each.edit === edit);
      const failure = failures.get(edit);
      return {
        file: edit.file.path,
        scope: edit.file.scope,
        shown: shownOf(edit, files),
        set: edit.set,
        removed: edit.removed,
        diff,
        written: result !== undefined && failure === undefined,
        ...(failure ? { cause: failure.cause, message: failure.message } : {}),
        ...(result && "buried" in result && result.buried
          ? { old: { ...result.buried, claim: claimWord(result.buried.claim) } }
          : {}),
      };
    }),
    remarks: configuration.remarks.map((remark) =>
      remark.kind === "lax" || remark.kind === "managed"
        ? remark
        : { kind: remark.kind, name: remark.name, file: remark.at.file, line: remark.at.line }
    ),
    deviations,
  };
}
