import { isDenied, type Use } from "../../audit/event.ts";
import type { Judgement, KeyState, Mark, Row } from "../../audit/judge.ts";
import type { Found, Gap } from "../../audit/look_up.ts";
import type { Context } from "../command.ts";
import { commandFor } from "../rotate/picture.ts";
import { harmlessName, type Style } from "../terminal.ts";
import { wrapped } from "../wrap.ts";
import type { LookedFor } from "./keys.ts";
import type { AuditFlags } from "./options.ts";

/** Something that is not in the result, and why, where AWS said so. */
export interface GapInWords {
  readonly gap: Gap;
  readonly text?: string;
  readonly fix?: string;
}

/** A profile without an access key that CloudTrail would know. */
export interface Uncovered {
  readonly profile: string;
  readonly kind: "api-key" | "ambient";
}

/** A profile whose keys were to be looked up with its own rights, and that has no credentials. */
export interface Unsigned {
  readonly profile: string;
  readonly cause: string;
  readonly text: string;
}

/** All that there is to say. */
export interface Result {
  /** As users name it. */
  readonly file: string;
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  readonly regions: readonly string[];
  readonly keys: readonly LookedFor[];
  readonly judgement: Judgement;
  readonly found: Found;
  readonly gaps: readonly GapInWords[];
  readonly unsigned: readonly Unsigned[];
  /** Inference profiles of which it is not known where they lead. */
  readonly routesUnknown: readonly string[];
  readonly uncovered: readonly Uncovered[];
}

/** Shows what was found. */
export function report(context: Context, flags: AuditFlags, result: Result): void {
  const { terminal } = context;
  if (flags.json) return terminal.line(JSON.stringify(documentOf(flags, result)));
  const { file, from, to, regions, keys, judgement, found } = result;
  const say = (text: string) => wrapped(text).forEach((line) => terminal.line(line));
  say(`${file}, ${regions.join(" ")}, ${dayText(from)} to ${dayText(to)} UTC`);
  for (const { id, profile, state, since } of keys) {
    const when = since ? `, since ${timeText(since)}` : "";
    terminal.line(`  ${profile.padEnd(10)}  ${id}  ${stateWords[state]}${when}`);
  }
  if (judgement.rows.length === 0) terminal.line("No use was found");
  for (const row of judgement.rows) tellRow(context, row);
  if (flags.events) { for (const use of found.uses) terminal.line(eventLine(use)); }
  for (const line of notesOf(result, flags)) say(line);
}

function tellRow({ terminal }: Context, row: Row): void {
  const [word, style] = wordOf(row.marks);
  const name = harmlessName;
  terminal.line(
    `  ${terminal.style(style, word.padEnd(4))}  ${
      [row.key, name(row.address), name(row.region)].join("  ").trimEnd()
    }`,
  );
  const under = (text: string) => {
    for (const line of wrapped(`        ${text}`)) terminal.line(line);
  };
  const session = row.session ? `, session ${row.session.what} of ${row.session.of}` : "";
  under(`${row.who} (${row.profile})${session}`);
  const times = row.count === 1
    ? timeText(row.first)
    : `${timeText(row.first)} to ${timeText(row.last)}`;
  const actions = row.actions.slice(0, mostActions)
    .map(({ name, count }) => count === 1 ? name : `${name} ${count}`);
  const more = row.actions.length - actions.length;
  under(`${times}: ${actions.join(", ")}${more > 0 ? ` and ${more} more` : ""}`);
  for (const mark of row.marks) under(markText(mark));
}

const mostActions = 8;

function wordOf(marks: readonly Mark[]): readonly [string, Style] {
  if (marks.some(({ kind }) => kind === "retired key" || kind === "denied")) return ["LOOK", "red"];
  return marks.length ? ["new", "yellow"] : ["ok", "green"];
}

const stateWords: Readonly<Record<KeyState, string>> = {
  current: "in use",
  coming: "made by the rotation under way",
  leaving: "replaced; hosts may still have it",
  replaced: "replaced",
  inactive: "deactivated",
  gone: "gone from the file",
  named: "named by --key",
};

function markText(mark: Mark): string {
  switch (mark.kind) {
    case "retired key":
      return `${stateWords[mark.state]}, and used ${times(mark.count)} after that`;
    case "denied":
      return `denied ${times(mark.count)}: ${someOf(mark.actions)}`;
    default:
      return `${aspectWords[mark.kind]} since ${timeText(mark.since)}: ${someOf(mark.values)}`;
  }
}

const aspectWords = {
  "new address": "new address",
  "new region": "new region",
  "new agent": "new program",
  "new service": "new service",
} as const;

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function someOf(names: readonly string[]): string {
  const rest = names.length - 5;
  return `${names.slice(0, 5).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function eventLine(use: Use): string {
  const parts = [
    timeText(use.at, "second"),
    use.key,
    `${use.service}:${use.action}`,
    use.address,
    use.region,
    use.who,
    ...(use.error ? [use.error] : []),
    use.agent,
  ];
  return parts.map(harmlessName).join("  ");
}

/** What has to be known to read the result rightly. */
function notesOf(
  { judgement, gaps, unsigned, routesUnknown, uncovered }: Result,
  flags: AuditFlags,
): string[] {
  const { rows, withoutHistory, unused } = judgement;
  const marked = rows.filter(({ marks }) => marks.some(({ kind }) => kind !== "denied"));
  const suspects = [...new Set(marked.map(({ profile }) => profile))];
  return [
    // Where there is no use at all, that is said already.
    ...(unused.length && rows.length ? [`No use of ${unused.map(({ id }) => id).join(", ")}`] : []),
    ...withoutHistory.map((profile) =>
      `${profile}: nothing older than ${spanText(flags.recent)} to compare with, so nothing is new`
    ),
    ...unsigned.map(({ profile, cause, text }) =>
      `Not looked at: the keys of ${profile}: ${text} [${cause}]; --using PROFILE`
    ),
    ...gaps.map(gapText),
    ...routesUnknown.map((id) =>
      `Where ${id} leads was not to be learnt (bedrock:GetInferenceProfile); --region names more`
    ),
    ...uncovered.map(({ profile, kind }) =>
      kind === "api-key"
        ? `${profile}: a Bedrock API key has no access key id that CloudTrail could be asked by`
        : `${profile}: the machine's own credentials have other key ids every time`
    ),
    "CloudTrail tells of a request within about 15 minutes and for 90 days; of management " +
    "events alone, which model calls are, and reads of S3 objects are not",
    ...suspects.map((profile) =>
      `Not you? ${commandFor({ profile }, flags.file, "--revoke-sessions")}`
    ),
  ];
}

function gapText({ gap, text, fix }: GapInWords): string {
  switch (gap.kind) {
    case "failed":
      return `Not looked at: ${gap.region}, as ${gap.signer}: ${text} [${gap.diagnosis.cause}]; ${fix}`;
    case "cut":
      return `Left out: older events of ${gap.key} in ${gap.region}; --limit takes more`;
    case "sessions":
      return `Not followed: ${gap.left} older sessions; --sessions takes more`;
    case "unreadable":
      return `Passed over: ${gap.count} records that cannot be read`;
  }
}

/** `2026-11-22 10:00` */
function timeText(at: Temporal.Instant, smallestUnit: "minute" | "second" = "minute"): string {
  return at.toString({ smallestUnit }).replace("T", " ").replace("Z", "");
}

function dayText(at: Temporal.Instant): string {
  return at.toString().slice(0, 10);
}

function spanText(seconds: number): string {
  const [size, unit] = seconds % 86400 === 0
    ? [86400, "days"]
    : seconds % 3600 === 0
    ? [3600, "hours"]
    : [60, "minutes"];
  return `${seconds / size} ${unit}`;
}

function documentOf(flags: AuditFlags, result: Result): Record<string, unknown> {
  const {
    file,
    from,
    to,
    regions,
    keys,
    judgement,
    found,
    gaps,
    unsigned,
    routesUnknown,
    uncovered,
  } = result;
  const failed = unsigned.length > 0 || gaps.some(({ gap }) => gap.kind === "failed");
  return {
    version: 1,
    ok: !failed,
    file,
    from: from.toString({ smallestUnit: "second" }),
    to: to.toString({ smallestUnit: "second" }),
    regions,
    keys: keys.map(({ id, profile, state, since }) => ({ id, profile, state, since })),
    rows: judgement.rows,
    ...(flags.events
      ? {
        events: found.uses.map((use) => ({ ...use, denied: isDenied(use) })),
      }
      : {}),
    sessions: found.sessions,
    withoutHistory: judgement.withoutHistory,
    unused: judgement.unused.map(({ id }) => id),
    gaps: [
      ...unsigned.map((each) => ({ kind: "no credentials", ...each })),
      ...gaps.map(({ gap, text }) =>
        gap.kind === "failed"
          ? {
            kind: gap.kind,
            profile: gap.signer,
            region: gap.region,
            cause: gap.diagnosis.cause,
            action: gap.diagnosis.facts.action,
            text,
          }
          : gap
      ),
    ],
    routesUnknown,
    uncovered,
  };
}
