import { shellQuote } from "../../platform/command_line.ts";
import { pathText } from "../../sops/errors.ts";
import type { Unseen } from "../../status/credential.ts";
import { type Judged, states } from "../../status/judge.ts";
import { harmlessName, type Style } from "../terminal.ts";
import { wrapped } from "../wrap.ts";
import type { FileView, Recipient } from "./gather.ts";
import { claudeText, shellText } from "./in_use.ts";
import { isAhead, leftText } from "./left.ts";
import type { Report, Row } from "./report.ts";

type Paint = (style: Style, text: string) => string;

/** What the states are called; what makes `status` fail, and what is under way, in capitals. */
const stateNames: Readonly<Record<Judged["state"], readonly [string, Style]>> = {
  overdue: ["OVERDUE", "red"],
  expired: ["EXPIRED", "red"],
  invalid: ["INVALID", "red"],
  rotating: ["ROTATING", "yellow"],
  due: ["due", "yellow"],
  unknown: ["unknown", "dim"],
  ok: ["ok", "green"],
};

const unseenNames: Readonly<Record<Unseen, string>> = {
  closed: "closed",
  offline: "not asked",
  denied: "denied",
  unreachable: "no answer",
  clock: "clock",
  "no record": "no record",
  old: "at rest",
};

/** The whole report, in lines. */
export function reportLines(
  report: Report,
  about: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly columns: number;
    readonly style: Paint;
  },
): string[] {
  const { files, rows, failed } = report;
  const widths = widthsOf(rows.map((row) => cellsOf(row, report)));
  const shown = [...new Set([...rows.map(({ file }) => file), ...files.map(({ shown }) => shown)])];
  const blocks = shown.flatMap((file) => {
    const view = files.find((each) => each.shown === file);
    const own = rows.filter((row) => row.file === file);
    return [
      ...(view ? headLines(view, about.columns) : [harmlessName(file)]),
      ...own.flatMap((row) => rowLines(row, report, widths, about)),
      ...(view && own.length === 0 ? ["  no credentials"] : []),
    ];
  });
  return [
    ...blocks,
    ...failed.flatMap(({ message, hint }) =>
      [message, ...hint?.split("\n").map((line) => `  ${line}`) ?? []]
        .flatMap((line) => wrapped(line, about.columns))
    ),
    ...report.trouble.flatMap((each) => [
      ...wrapped(`AWS about ${each.profiles.join(", ")}: ${each.message}`, about.columns),
      ...wrapped(`  ${each.fix}`, about.columns),
    ]),
    ...wrapped(`This shell: ${shellText(report.shell, report.at)}`, about.columns),
    ...(report.claude
      ? wrapped(`Claude Code: ${claudeText(report.claude, report.at, about)}`, about.columns)
      : []),
  ].map((line) => line.trimEnd());
}

/** `secrets/aws.yaml, opened by: you, ci, host nimbus` */
function headLines({ shown, recipients, closed }: FileView, columns: number): string[] {
  const names = recipients.map(recipientText).join(", ");
  const head = closed
    ? `${shown}, does not open here; for: ${names}`
    : `${shown}, opened by: ${names}`;
  return wrapped(harmlessName(head), columns);
}

/**
 * `init` names recipients `you, alice@laptop` and `recovery, kept elsewhere`: in a list, and for who
 * is somebody else, the half that says it.
 */
function recipientText({ id, name, own }: Recipient): string {
  const [first, second] = name?.split(/,\s+/) ?? [];
  if (first === "you" && second !== undefined) return own ? "you" : second;
  if (own) return first === undefined ? "you" : `${first} (you)`;
  if (first !== undefined) return first;
  return id.length <= 24 ? id : `${id.slice(0, 9)}...${id.slice(-4)}`;
}

type Cells = readonly [state: string, profile: string, what: string, age: string, when: string];

function cellsOf(row: Row, report: Report): Cells {
  const [state] = stateNames[row.state];
  return [state, row.profile, whatText(row), ageText(row, report), whenText(row, report)];
}

function widthsOf(rows: readonly Cells[]): readonly number[] {
  return [8, 10, 7, 5, 8].map((least, index) =>
    Math.max(least, ...rows.map((cells) => cells[index]!.length))
  );
}

/** Columns of an indent below a row. */
const indent = 12;

function rowLines(
  row: Row,
  report: Report,
  widths: readonly number[],
  { columns, style }: { readonly columns: number; readonly style: Paint },
): string[] {
  const cells = cellsOf(row, report);
  const padded = cells.map((cell, index) =>
    // Days stand one below another.
    index === 3 ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)
  );
  const [state = "", ...rest] = padded;
  const line = `  ${style(stateNames[row.state][1], state)}  ${rest.join("  ")}`;
  const length = 2 + padded.reduce((sum, cell) => sum + cell.length, 0) + 2 * (padded.length - 1);
  const remedy = remedyText(row, report);
  const fits = length + 2 + remedy.length <= columns;
  const more = [
    ...(fits ? [] : [remedy]),
    ...(row.fault ? [row.fault.message, ...row.fault.hint ? [row.fault.hint] : []] : []),
    ...saidLines(row, report),
  ];
  return [
    fits ? `${line}  ${remedy}` : line,
    ...more.flatMap((text) =>
      wrapped(text, columns - indent).map((each) => `${" ".repeat(indent)}${each}`)
    ),
  ];
}

function whatText({ kind, id }: Row): string {
  if (kind === "key") return id === undefined ? "key" : `...${id.slice(-4)}`;
  if (kind === "api-key") return "API key";
  return kind;
}

function ageText({ ageDays, expires, kind, state }: Row, { at }: Report): string {
  if (ageDays !== undefined) return `${ageDays} d`;
  if (expires && kind !== "key" && isAhead(expires, at)) return leftText(expires, at);
  return state === "unknown" ? "?" : "-";
}

function whenText(row: Row, { at, asked }: Report): string {
  const { state, overDays, rotation, unseen, expires } = row;
  if (rotation && state !== "invalid") {
    return rotation.aborting ? "aborting" : `step ${rotation.step}/${rotation.of}`;
  }
  if (state === "overdue") return overDays ? `by ${overDays} d` : "today";
  if (state === "expired" && expires) return `${leftText(at, expires)} ago`;
  if (state === "unknown") {
    return asked === "pending" && unseen === "offline" ? "..." : unseen ? unseenNames[unseen] : "";
  }
  return overDays === undefined ? "-" : `in ${-overDays} d`;
}

/** What to do about it: a command, or a few words. */
function remedyText(row: Row, { at }: Report): string {
  const { state, rotation, kind, profile, flag, expires, unseen } = row;
  const rotate = `credsmith rotate${flag ? ` -f ${shellQuote(flag)}` : ""}${
    profile === "default" ? "" : ` ${profile}`
  }`;
  switch (state) {
    case "rotating":
      return `${rotate} --continue`;
    case "overdue":
      return rotation ? `${rotate} --continue` : rotate;
    case "due":
      return rotate;
    case "expired":
      return kind === "login" ? "claude /login" : expiredRemedy(row);
    case "invalid":
      return "";
    case "unknown":
      return unseen === "denied" ? "allow it iam:ListAccessKeys" : "";
    case "ok":
      return kind === "key" && expires && isAhead(expires, at)
        ? `session, ${leftText(expires, at)} left`
        : "-";
  }
}

function expiredRemedy({ kind, profile, flag }: Row): string {
  const path = kind === "api-key"
    ? profile === "default" ? ["bedrock", "api_key"] : ["profiles", profile, "bedrock_api_key"]
    : profile === "default"
    ? ["aws_session_token"]
    : ["profiles", profile, "session_token"];
  return `credsmith set${flag ? ` -f ${shellQuote(flag)}` : ""} ${pathText(path)}`;
}

/** What the file says in plaintext, where nobody better could be asked. */
function saidLines({ said, created, state, unseen }: Row, { at }: Report): string[] {
  if (!said || created || state !== "unknown" && unseen !== "closed") return [];
  const today = at.toZonedDateTimeISO("UTC").toPlainDate();
  const { created: made, rotateBy } = said;
  const parts = [
    ...(made ? [`made ${made}, ${today.since(made).total("days")} d ago`] : []),
    ...(rotateBy
      ? [
        Temporal.PlainDate.compare(today, rotateBy) >= 0
          ? `overdue since ${rotateBy}`
          : `rotate by ${rotateBy}`,
      ]
      : []),
  ];
  return [`the file says: ${parts.join("; ")}`];
}

/** One line, for a prompt: the worst state, and how many more there are. */
export function shortLine({ rows, at, asked }: Report): string {
  const [worst] = rows;
  if (worst === undefined) return "no credentials";
  const report = { at, asked } as Report;
  const same = rows.filter(({ state }) => state === worst.state).length - 1;
  const [name] = stateNames[worst.state];
  if (worst.state === "ok") {
    const [soonest] = rows.flatMap(({ expires }) =>
      expires && isAhead(expires, at) ? [expires] : []
    )
      .sort(Temporal.Instant.compare);
    return soonest ? `ok, ${leftText(soonest, at)} left` : "ok";
  }
  const when = whenText(worst, report);
  const words = [name, worst.profile, when === "-" ? "" : when].filter((word) => word !== "");
  return `${words.join(" ")}${same > 0 ? ` +${same}` : ""}`;
}

/** How many there are of each state, for `--json`. */
export function counts(rows: readonly Row[]): Readonly<Record<Judged["state"], number>> {
  return Object.fromEntries(
    states.map((state) => [state, rows.filter((row) => row.state === state).length]),
  ) as Record<Judged["state"], number>;
}
